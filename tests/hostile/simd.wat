;; A vector.
;; expect: refused the operator V128Const
(module {head}
  (func (export "attack") (result i32)
    (drop (v128.const i64x2 1 2))
    (i32.const 0))
  {formulas})
