;; The remainder of a division by zero.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (drop (i64.rem_s (i64.const 1) (i64.const 0)))
    (i32.const 0))
  {formulas})
