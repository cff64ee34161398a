;; Stores at minus eight, which is the frame's last limb.
;; expect: gives 7
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const -8) (i64.const 7))
    (call $store (i32.const {exchange}) (i64.load (i32.const {mask})))
    (i32.const 0))
  {formulas})
