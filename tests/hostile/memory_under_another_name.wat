;; Exports its memory as something else.
;; expect: refused a memory under another name
(module {head}
  (func (export "attack") (result i32) (i32.const 0))
  (export "ram" (memory 0))
  {formulas})
