;; A choice with a type of its own.
;; expect: refused the operator TypedSelect
(module {head}
  (func (export "attack") (result i32)
    (drop (select (result i64) (i64.const 1) (i64.const 2) (i32.const 0)))
    (i32.const 0))
  {formulas})
