;; Asks how large its memory is.
;; expect: refused the operator MemorySize
(module {head}
  (func (export "attack") (result i32)
    (drop (memory.size))
    (i32.const 0))
  {formulas})
