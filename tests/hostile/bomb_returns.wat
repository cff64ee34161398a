;; Thousands of returns, which all meet at the end of their function.
;; expect: refused more than 8192 blocks and branches
(module {head}
  {repeat 5 (func {repeat 900 (if (i32.const 1) (then (return)))})}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
