;; Calls a function by a number that it computes.
;; expect: refused the operator CallIndirect
(module {head}
  (func (export "attack") (result i32)
    (call_indirect (i32.const 0))
    (i32.const 0))
  {formulas})
