;; Divides by zero without the check that the compiler writes.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (drop (i64.div_u (i64.const 1) (i64.load (i32.const {mask}))))
    (i32.const 0))
  {formulas})
