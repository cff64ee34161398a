;; A function that takes a reference of the host.
;; expect: refused a type other than i32 and i64
(module {head}
  (func (param externref))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
