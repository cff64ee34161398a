;; Writes, emits, and traps: nothing is left of it.
;; expect: Trap
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.load (i32.const {table total})) (i64.const 9))
    (call $emit (i32.const 0))
    unreachable)
  {formulas})
