;; A contract that says that one of its steps has failed.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const 5))
  {formulas})
