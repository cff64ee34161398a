;; A result of 8 bits that holds 256.
;; expect: Malformed
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) -> u8 { total = 1; return 1; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 256))
    (i32.const 0))
  {formulas})
