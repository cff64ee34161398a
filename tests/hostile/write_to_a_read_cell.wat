;; Writes a cell that it declares to read only.
;; expect: Undeclared
;; contract Hostile {
;;     state total: u64 = 5;
;;     entry attack(n: u64) -> u64 { return total + n; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.load (i32.const {table total})) (i64.const 9))
    (i32.const 0))
  {formulas})
