;; Asks by number for a cell that is declared exactly.
;; expect: Undeclared
(module {head}
  (func (export "attack") (result i32)
    (drop (call $resolve (i32.const {access total})))
    (i32.const 0))
  {formulas})
