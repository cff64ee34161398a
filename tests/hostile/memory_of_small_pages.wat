;; A memory whose pages are bytes.
;; expect: refused the memory must be one page
(module {imports} (memory (export "memory") 1 1 (pagesize 1))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
