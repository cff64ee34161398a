;; A contract opens a savepoint: only what chains steps can undo some.
;; expect: refused a contract with savepoints
(module {imports} (import "mc" "savepoint" (func (param i32))) {memory} {store}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
