;; Data that fills the frame when the module is instantiated.
;; expect: refused a section the compiler does not write: data
(module {head}
  (data (i32.const 0) "mallory")
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
