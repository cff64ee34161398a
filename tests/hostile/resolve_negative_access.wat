;; Asks for access minus one.
;; expect: Undeclared
(module {head}
  (func (export "attack") (result i32)
    (drop (call $resolve (i32.const -1)))
    (i32.const 0))
  {formulas})
