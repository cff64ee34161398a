;; A memory with 64-bit addresses.
;; expect: refused the memory must be one page
(module {imports} (memory (export "memory") i64 1 1)
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
