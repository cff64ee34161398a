;; Says that it has run out of fuel, which only the host may.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const 16))
  {formulas})
