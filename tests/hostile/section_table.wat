;; A table of functions.
;; expect: refused a section the compiler does not write: tables
(module {head}
  (table 1 funcref)
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
