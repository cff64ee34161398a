;; A null reference.
;; expect: refused the operator RefNull
(module {head}
  (func (export "attack") (result i32)
    (drop (ref.null func))
    (i32.const 0))
  {formulas})
