;; Adds a number of 64 bits to one of 32.
;; expect: refused type mismatch
(module {head}
  (func (export "attack") (result i32)
    (i32.add (i32.const 1) (i64.const 1)))
  {formulas})
