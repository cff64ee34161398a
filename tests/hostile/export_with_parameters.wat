;; An entry that takes its arguments from the caller of the sandbox.
;; expect: refused the export `attack` is no entry
(module {head}
  (func (export "attack") (param i32) (result i32) (local.get 0))
  {formulas})
