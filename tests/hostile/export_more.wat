;; Exports an entry that its manifest does not name.
;; expect: refused does not export exactly its entries
(module {head}
  (func (export "attack") (result i32) (i32.const 0))
  (func (export "init") (result i32) (i32.const 0))
  {formulas})
