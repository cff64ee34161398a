;; The same import a second time.
;; expect: refused an import of `mc.resolve` a second time
(module {imports} (import "mc" "resolve" (func (param i32) (result i32))) {memory} {store}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
