;; Reads a local that is not there.
;; expect: refused unknown local 99
(module {head}
  (func (export "attack") (result i32)
    (drop (local.get 99))
    (i32.const 0))
  {formulas})
