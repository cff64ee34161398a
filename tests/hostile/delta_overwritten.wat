;; Declares to add and sets a value.
;; expect: Undeclared
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) { total += n; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.load (i32.const {table total})) (i64.const 77))
    (i32.const 0))
  {formulas})
