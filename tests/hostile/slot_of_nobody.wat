;; Writes into a slot that holds no cell, as if it were one of another container.
;; expect: gives 7
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {slot 3}) (i64.const 99))
    (call $store (i32.const {exchange}) (i64.load (i32.const {arguments})))
    (i32.const 0))
  {formulas})
