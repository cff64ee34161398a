;; More locals than any entry needs: a few bytes declare them all.
;; expect: refused more than 8192 locals
(module {head}
  (func (local {repeat 9000 i64 }))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
