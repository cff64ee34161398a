;; Stores beyond the frame: the place is masked into it, and beyond it all stays zero.
;; expect: gives 0
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const 65528) (i64.const 77))
    (call $store (i32.const {exchange}) (i64.load (i32.const 65528)))
    (i32.const 0))
  {formulas})
