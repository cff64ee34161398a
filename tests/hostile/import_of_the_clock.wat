;; Asks the host for the time of the machine.
;; expect: refused an import of `mc.now`
(module (import "mc" "now" (func (result i64))) {head}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
