;; A call that leaves no trace on the stack: a loop that no depth bounds.
;; expect: refused the operator ReturnCall
(module {head}
  (func (export "attack") (result i32)
    (return_call $resolve (i32.const 0))
    (i32.const 0))
  {formulas})
