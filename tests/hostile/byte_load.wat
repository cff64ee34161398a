;; Loads a byte, which the compiler never does.
;; expect: refused the operator I32Load8U
(module {head}
  (func (export "attack") (result i32)
    (drop (i32.load8_u (i32.const 1)))
    (i32.const 0))
  {formulas})
