;; Looks for what the call before has left, and leaves something itself.
;; expect: gives 0
;; call: 1
;; call: 2
(module {head}
  (func (export "attack") (result i32) (local i64)
    (local.set 0 (i64.load (i32.const {mask})))
    (call $store (i32.const {mask}) (i64.const 77))
    (call $store (i32.const {exchange}) (local.get 0))
    (i32.const 0))
  {formulas})
