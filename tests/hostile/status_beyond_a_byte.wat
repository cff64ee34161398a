;; Ends with 256, whose last byte is success.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const 256))
  {formulas})
