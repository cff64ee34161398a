;; Notes for tools that might trust them.
;; expect: refused a section the compiler does not write: a custom section
(module {head}
  (func (export "attack") (result i32) (i32.const 0))
  (@custom "producers" "honest")
  {formulas})
