;; Copies memory beyond its frame.
;; expect: refused the operator MemoryCopy
(module {head}
  (func (export "attack") (result i32)
    (memory.copy (i32.const 60000) (i32.const 0) (i32.const 100))
    (i32.const 0))
  {formulas})
