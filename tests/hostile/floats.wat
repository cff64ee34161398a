;; A float, whose NaN differs from machine to machine.
;; expect: refused the operator F64Const
(module {head}
  (func (export "attack") (result i32)
    (drop (f64.div (f64.const 0) (f64.const 0)))
    (i32.const 0))
  {formulas})
