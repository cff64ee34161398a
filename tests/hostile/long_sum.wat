;; Would give the right result if it had the time.
;; expect: OutOfFuel
(module {head}
  (func (export "attack") (result i32) (local i64)
    (loop $again
      (local.set 0 (i64.add (local.get 0) (i64.const 1)))
      (br_if $again (i64.ne (local.get 0) (i64.const 0))))
    (i32.const 0))
  {formulas})
