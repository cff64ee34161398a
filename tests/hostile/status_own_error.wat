;; Fails with an error of its own after writing: nothing is left of it.
;; expect: error 32
(module {head}
  (func (export "attack") (result i32)
    (i32.const 32))
  {formulas})
