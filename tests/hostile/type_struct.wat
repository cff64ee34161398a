;; A type of the garbage collector.
;; expect: refused gc
(module {head}
  (type (struct (field i32)))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
