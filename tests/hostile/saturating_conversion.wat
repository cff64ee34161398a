;; A conversion that saturates.
;; expect: refused the operator F32Const
(module {head}
  (func (export "attack") (result i32)
    (drop (i32.trunc_sat_f32_u (f32.const 1)))
    (i32.const 0))
  {formulas})
