;; A function of more parameters than any helper has.
;; expect: refused more than 16 parameters or results
(module {head}
  (func (param {repeat 17 i64 }))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
