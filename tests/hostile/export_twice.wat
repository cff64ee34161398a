;; Two exports of one name.
;; expect: refused two exports `attack`
(module {head}
  (func (export "attack") (result i32) (i32.const 0))
  (func (export "attack") (result i32) (i32.const 1))
  {formulas})
