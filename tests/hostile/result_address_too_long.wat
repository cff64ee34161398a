;; An address of 24 bytes.
;; expect: Malformed
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) -> address { total = 1; return caller; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 1))
    (call $store (i32.add (i32.const {exchange}) (i32.const 8)) (i64.const 1))
    (call $store (i32.add (i32.const {exchange}) (i32.const 16)) (i64.const 1099511627776))
    (i32.const 0))
  {formulas})
