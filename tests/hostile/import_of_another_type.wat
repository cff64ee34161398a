;; `emit` with an argument that the host would read as two.
;; expect: refused an import of `mc.emit` with another type
(module (import "mc" "emit" (func (param i64))) {head}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
