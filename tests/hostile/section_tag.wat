;; A tag of exceptions.
;; expect: refused a section the compiler does not write: an unknown one
(module {head}
  (tag)
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
