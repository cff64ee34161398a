;; Calls a function that stands after it.
;; expect: refused a call of a function that is not before it
(module {head}
  (func (export "attack") (result i32) (call $later))
  (func $later (result i32) (i32.const 0))
  {formulas})
