;; Has no memory at all.
;; expect: refused does not export exactly its entries
(module {imports}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
