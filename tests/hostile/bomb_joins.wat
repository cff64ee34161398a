;; A loop that changes two thousand locals, and two thousand ways back into it: each way brings every local
;; with it, so 28 kB of code take seconds and half a gigabyte to compile.
;; expect: refused too many locals for its blocks and branches
(module {head}
  (func (local {repeat 2000 i64 })
    (loop $again
      {repeat 2000 (local.set {turn} (i64.add (local.get {turn}) (i64.const 1)))}
      {repeat 2000 (br_if $again (i32.wrap_i64 (local.get 0)))}))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
