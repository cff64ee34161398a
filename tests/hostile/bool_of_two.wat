;; Leaves a 2 in a cell that is true or false.
;; expect: Malformed
;; contract Hostile {
;;     state flag: bool = false;
;;     entry attack(n: u64) { flag = n > 3; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.load (i32.const {table flag})) (i64.const 2))
    (i32.const 0))
  {formulas})
