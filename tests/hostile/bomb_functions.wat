;; As many functions as fit.
;; expect: refused more than 1024 functions
(module {head}
  {repeat 1100 (func)}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
