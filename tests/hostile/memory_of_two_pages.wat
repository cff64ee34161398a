;; Keeps a second page for itself, which nobody clears.
;; expect: refused the memory must be one page
(module {imports} (memory (export "memory") 2 2)
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
