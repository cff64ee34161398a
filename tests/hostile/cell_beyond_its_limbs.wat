;; Writes to the limbs of a slot that its cell does not have.
;; expect: Malformed
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) { total = n; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.add (i32.load (i32.const {table total})) (i32.const 24)) (i64.const 1))
    (i32.const 0))
  {formulas})
