;; A type for each of many functions that are not there.
;; expect: refused more than 64 types
(module {head}
  {repeat 70 (type (func (param i32)))}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
