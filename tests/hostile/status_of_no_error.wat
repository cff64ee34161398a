;; Ends with an error that it does not declare.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const 33))
  {formulas})
