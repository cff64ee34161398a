;; Ends with a code that nobody has given a meaning.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const 31))
  {formulas})
