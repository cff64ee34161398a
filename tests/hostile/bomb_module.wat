;; A module of many long functions.
;; expect: refused larger than 262144 bytes
(module {head}
  {repeat 3 (func {repeat 100000 nop })}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
