;; Elements for a table.
;; expect: refused a section the compiler does not write: elements
(module {head}
  (elem func $store)
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
