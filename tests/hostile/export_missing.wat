;; Does not export the entry that its manifest names.
;; expect: refused does not export exactly its entries
(module {head}
  (func (result i32) (i32.const 0))
  {formulas})
