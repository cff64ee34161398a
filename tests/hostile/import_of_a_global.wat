;; A global of the host under the name of a function.
;; expect: refused an import that is no function
(module (import "mc" "emit" (global (mut i32))) {head}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
