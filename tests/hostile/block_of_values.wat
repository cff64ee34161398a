;; A block that leaves a value.
;; expect: refused a block that takes or gives values
(module {head}
  (func (export "attack") (result i32)
    (drop (block (result i32) (i32.const 1)))
    (i32.const 0))
  {formulas})
