;; A result that is neither true nor false.
;; expect: Malformed
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) -> bool { total = 1; return n > 3; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 2))
    (i32.const 0))
  {formulas})
