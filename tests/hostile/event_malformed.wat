;; An event with a value that its type does not have.
;; expect: Malformed
;; contract Hostile {
;;     event Done(flag: bool);
;;     entry attack(n: u64) { emit Done(n > 3); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 2))
    (call $emit (i32.const 0))
    (i32.const 0))
  {formulas})
