;; A text that is none.
;; expect: Malformed
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) -> string<8> { total = 1; return "a"; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 16711681))
    (i32.const 0))
  {formulas})
