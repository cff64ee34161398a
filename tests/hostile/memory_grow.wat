;; Grows its memory.
;; expect: refused the operator MemoryGrow
(module {head}
  (func (export "attack") (result i32)
    (drop (memory.grow (i32.const 1)))
    (i32.const 0))
  {formulas})
