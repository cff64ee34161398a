;; Twenty loops around the changes of a thousand locals, with ways back to each of them.
;; expect: refused too many locals for its blocks and branches
(module {head}
  (func (local {repeat 1000 i64 })
    {repeat 20 (loop }
    {repeat 1000 (local.set {turn} (i64.add (local.get {turn}) (i64.const 1)))}
    {repeat 20 (br_if {turn} (i32.wrap_i64 (local.get 0)))}
    {repeat 20 )})
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
