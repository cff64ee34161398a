;; A global, which would remember one call in the next.
;; expect: refused a section the compiler does not write: globals
(module {head}
  (global (mut i64) (i64.const 0))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
