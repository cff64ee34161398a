;; Fills memory beyond its frame, past the function that masks.
;; expect: refused the operator MemoryFill
(module {head}
  (func (export "attack") (result i32)
    (memory.fill (i32.const 60000) (i32.const 7) (i32.const 100))
    (i32.const 0))
  {formulas})
