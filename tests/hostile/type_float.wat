;; A function that takes a float.
;; expect: refused a type other than i32 and i64
(module {head}
  (func (param f64))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
