;; Declares to add and takes away.
;; expect: Undeclared
;; contract Hostile {
;;     state total: i64 = 0;
;;     entry attack(n: i64) { total += n; }
;; }
(module {head}
  (func (export "attack") (result i32) (local i32)
    (local.set 0 (i32.load (i32.const {table total})))
    (call $store (local.get 0) (i64.sub (i64.load (local.get 0)) (i64.const 1)))
    (i32.const 0))
  {formulas})
