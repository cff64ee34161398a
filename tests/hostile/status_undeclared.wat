;; Says that it was stopped.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const 17))
  {formulas})
