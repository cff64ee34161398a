;; Reads at the greatest offset there is.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (drop (i64.load offset=4294967295 (i32.const -1)))
    (i32.const 0))
  {formulas})
