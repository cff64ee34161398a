;; Stores a byte.
;; expect: refused the operator I32Store8
(module {head}
  (func (export "attack") (result i32)
    (i32.store8 (i32.const 65535) (i32.const 7))
    (i32.const 0))
  {formulas})
