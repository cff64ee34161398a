;; Reads a global that is not there.
;; expect: refused the operator GlobalGet
(module {head}
  (func (export "attack") (result i32)
    (drop (global.get 0))
    (i32.const 0))
  {formulas})
