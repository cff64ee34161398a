;; An atomic access.
;; expect: refused the operator I32AtomicLoad
(module {head}
  (func (export "attack") (result i32)
    (drop (i32.atomic.load (i32.const 0)))
    (i32.const 0))
  {formulas})
