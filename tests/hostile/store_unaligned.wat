;; Stores between two limbs: the mask aligns it.
;; expect: gives 9
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 1))
    (call $store (i32.add (i32.const {exchange}) (i32.const 5)) (i64.const 9))
    (i32.const 0))
  {formulas})
