;; Reads across the end of its memory.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (drop (i64.load (i32.const 65529)))
    (i32.const 0))
  {formulas})
