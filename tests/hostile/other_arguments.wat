;; Overwrites its own arguments, which is its own business.
;; expect: gives 3
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {arguments}) (i64.const 3))
    (call $store (i32.const {exchange}) (i64.load (i32.const {arguments})))
    (i32.const 0))
  {formulas})
