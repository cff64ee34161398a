;; Calls of two bytes that push a thousand values each: whoever validates this needs a gigabyte.
;; expect: refused more than 16 parameters or results
(module {head}
  (func $wide (result {repeat 1000 i32 }) unreachable)
  (func {repeat 50000 (call $wide)} unreachable)
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
