;; One function of many operators.
;; expect: refused a function is too long
(module {head}
  (func {repeat 140000 nop })
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
