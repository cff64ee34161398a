;; Puts a place of its own choice into the table: only it reads the table.
;; expect: gives 7
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {table total}) (i64.const {slot 0}))
    (call $store (i32.const {slot 1}) (i64.const 99))
    (call $store (i32.const {exchange}) (i64.const 7))
    (i32.const 0))
  {formulas})
