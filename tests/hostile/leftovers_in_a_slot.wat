;; Looks at the slot of a cell that nobody has written, where the call before left a number.
;; expect: gives 0
(module {head}
  (func (export "attack") (result i32) (local i64)
    (local.set 0 (i64.load (i32.const {slot 1})))
    (call $store (i32.const {slot 1}) (i64.const 77))
    (call $store (i32.const {exchange}) (local.get 0))
    (i32.const 0))
  {formulas})
