;; A chain of calls whose frames together are larger than the stack, so that where it ends would decide.
;; expect: refused too much stack
(module {head}
  (func $f0 (param i64) (result i64) (local {repeat 3000 i64 }) (local.get 0))
  (func $f1 (param i64) (result i64) (local {repeat 3000 i64 }) (call $f0 (local.get 0)))
  (func $f2 (param i64) (result i64) (local {repeat 3000 i64 }) (call $f1 (local.get 0)))
  (func $f3 (param i64) (result i64) (local {repeat 3000 i64 }) (call $f2 (local.get 0)))
  (func $f4 (param i64) (result i64) (local {repeat 3000 i64 }) (call $f3 (local.get 0)))
  (func $f5 (param i64) (result i64) (local {repeat 3000 i64 }) (call $f4 (local.get 0)))
  (func $f6 (param i64) (result i64) (local {repeat 3000 i64 }) (call $f5 (local.get 0)))
  (func $f7 (param i64) (result i64) (local {repeat 3000 i64 }) (call $f6 (local.get 0)))
  (func $f8 (param i64) (result i64) (local {repeat 3000 i64 }) (call $f7 (local.get 0)))
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
