;; An expression that keeps thousands of values at once.
;; expect: refused too much stack
(module {head}
  (func (local i64)
    {repeat 9000 (i64.mul (local.tee 0 (i64.add (local.get 0) (i64.const 3))) (local.get 0))}
    {repeat 9000 (drop)})
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
