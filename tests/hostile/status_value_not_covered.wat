;; Says that the caller cannot pay.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const 22))
  {formulas})
