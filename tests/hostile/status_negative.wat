;; Ends with minus one.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const -1))
  {formulas})
