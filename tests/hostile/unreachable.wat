;; Traps at once.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    unreachable)
  {formulas})
