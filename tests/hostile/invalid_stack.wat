;; Leaves a value behind.
;; expect: refused values remaining on stack
(module {head}
  (func (export "attack") (result i32)
    (i32.const 1)
    (i32.const 0))
  {formulas})
