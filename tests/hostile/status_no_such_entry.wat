;; Says that there is no such entry.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (i32.const 7))
  {formulas})
