;; A contract that takes a step.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (drop (call $step (i32.const 0)))
    (i32.const 0))
  {formulas})
