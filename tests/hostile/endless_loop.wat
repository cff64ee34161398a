;; A loop without an end.
;; expect: OutOfFuel
(module {head}
  (func (export "attack") (result i32)
    (loop $again (br $again))
    (i32.const 0))
  {formulas})
