;; A memory of the host under the name of a function.
;; expect: refused an import that is no function
(module (import "mc" "emit" (memory 1 1)) {head}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
