;; 128-bit arithmetic of the processor.
;; expect: refused the operator I64Add128
(module {head}
  (func (export "attack") (result i32)
    (i64.add128 (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1))
    (drop)
    (drop)
    (i32.const 0))
  {formulas})
