;; A memory that threads share.
;; expect: refused the memory must be one page
(module {imports} (memory (export "memory") 1 1 shared)
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
