;; Loops in loops: registers are given out by how deep a value is used, and that takes long.
;; expect: refused blocks nest too deeply
(module {head}
  (func {repeat 40 (loop }{repeat 40 )})
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
