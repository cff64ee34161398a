;; Ends with the last code there is.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const 255))
  {formulas})
