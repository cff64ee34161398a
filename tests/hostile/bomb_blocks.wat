;; Blocks in blocks.
;; expect: refused blocks nest too deeply
(module {head}
  (func {repeat 130 (block }{repeat 130 )})
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
