;; A branch to one of many: the compiler writes none, and each target costs whoever compiles it.
;; expect: refused the operator BrTable
(module {head}
  (func (export "attack") (result i32)
    (block (br_table {repeat 1000 0 }0 (i32.const 0)))
    (i32.const 0))
  {formulas})
