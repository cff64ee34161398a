;; Masks, and adds an offset afterwards.
;; expect: refused the operator I64Store
(module {imports} {memory}
  (func (param i32 i64) (i64.store offset=60000 (i32.and (local.get 0) (i32.const {mask})) (local.get 1)))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
