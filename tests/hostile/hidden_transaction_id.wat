;; Reads the place of the transaction's id without naming it, so that the verifier does not see it: nothing
;; stands there.
;; expect: gives 0
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.load (i32.shl (i32.const 12) (i32.const 3))))
    (i32.const 0))
  {formulas})
