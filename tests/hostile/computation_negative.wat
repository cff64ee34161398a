;; Asks for computation minus one.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (drop (call $compute (i32.const -1)))
    (i32.const 0))
  {formulas})
