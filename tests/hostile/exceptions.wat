;; Throws.
;; expect: refused the operator Throw
(module {head}
  (func (export "attack") (result i32)
    (throw 0)
    (i32.const 0))
  {formulas})
