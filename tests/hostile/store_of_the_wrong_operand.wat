;; Masks the value, not the place.
;; expect: refused the operator I64Store
(module {imports} {memory}
  (func (param i32 i64) (i64.store (local.get 0) (i64.and (local.get 1) (i64.const {mask}))))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
