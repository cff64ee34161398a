;; Divides the least number by minus one.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))
    (i32.const 0))
  {formulas})
