;; Two functions that call each other.
;; expect: refused a call of a function that is not before it
(module {head}
  (func $ping (call $pong))
  (func $pong (call $ping))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
