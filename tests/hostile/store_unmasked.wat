;; Stores without a mask.
;; expect: refused the operator I64Store
(module {imports} {memory}
  (func (param i32 i64) (i64.store (local.get 0) (local.get 1)))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
