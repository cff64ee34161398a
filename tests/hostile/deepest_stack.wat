;; A chain of calls that uses nearly all the stack there may be: it ends as it should.
;; expect: gives 0
(module {head}
  (func $f0 (param i64) (result i64) (local {repeat 800 i64 })
    {repeat 800 (local.set {turn} (i64.add (local.get 0) (i64.load (i32.const {turn}))))}
    {repeat 800 (local.set 0 (i64.xor (local.get 0) (local.get {turn})))}
    (local.get 0))
  (func $f1 (param i64) (result i64) (local {repeat 800 i64 })
    {repeat 800 (local.set {turn} (i64.add (local.get 0) (i64.load (i32.const {turn}))))}
    (local.set 0 (call $f0 (local.get 0)))
    {repeat 800 (local.set 0 (i64.xor (local.get 0) (local.get {turn})))}
    (local.get 0))
  (func $f2 (param i64) (result i64) (local {repeat 800 i64 })
    {repeat 800 (local.set {turn} (i64.add (local.get 0) (i64.load (i32.const {turn}))))}
    (local.set 0 (call $f1 (local.get 0)))
    {repeat 800 (local.set 0 (i64.xor (local.get 0) (local.get {turn})))}
    (local.get 0))
  (func (export "attack") (result i32)
    (drop (call $f2 (i64.const 1)))
    (i32.const 0))
  {formulas})
