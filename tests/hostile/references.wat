;; A reference to a function.
;; expect: refused the operator RefFunc
(module {head}
  (func (export "attack") (result i32)
    (drop (ref.func $store))
    (i32.const 0))
  {formulas})
