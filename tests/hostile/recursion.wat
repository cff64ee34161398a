;; Calls itself without end.
;; expect: refused a call of a function that is not before it
(module {head}
  (func $again (call $again))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
