;; A text that says it is longer than it may be.
;; expect: Malformed
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) -> string<8> { total = 1; return "a"; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 200))
    (i32.const 0))
  {formulas})
