;; Asks for a computation that it does not declare.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (drop (call $compute (i32.const 0)))
    (i32.const 0))
  {formulas})
