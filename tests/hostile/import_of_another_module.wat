;; A known import under the name of another module.
;; expect: refused an import of `env.emit`
(module (import "env" "emit" (func (param i32))) {head}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
