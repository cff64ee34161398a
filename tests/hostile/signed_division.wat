;; A division that the compiler does not write.
;; expect: refused the operator I32DivS
(module {head}
  (func (export "attack") (result i32)
    (drop (i32.div_s (i32.const 1) (i32.const 2)))
    (i32.const 0))
  {formulas})
