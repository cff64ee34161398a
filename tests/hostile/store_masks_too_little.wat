;; Stores with a mask of its own, to where nobody clears.
;; expect: refused the store function must mask with
(module {imports} {memory}
  (func (param i32 i64) (i64.store (i32.and (local.get 0) (i32.const 65528)) (local.get 1)))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
