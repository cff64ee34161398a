;; Asks for an access that is not there.
;; expect: Undeclared
(module {head}
  (func (export "attack") (result i32)
    (drop (call $resolve (i32.const 99)))
    (i32.const 0))
  {formulas})
