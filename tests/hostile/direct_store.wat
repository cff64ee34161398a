;; Stores without the function that masks.
;; expect: refused the operator I64Store
(module {head}
  (func (export "attack") (result i32)
    (i64.store (i32.const 65528) (i64.const 7))
    (i32.const 0))
  {formulas})
