;; Writes to a cell below a lock that it only reads.
;; expect: Undeclared
;; contract Hostile {
;;     state next: map<u64, u64> = 0;
;;     state cells: map<u64, u64> = 0;
;;     entry attack(n: u64) -> u64 {
;;         return cells[next[next[next[n]]]];
;;     }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (call $resolve (i32.const {access cells})) (i64.const 9))
    (i32.const 0))
  {formulas})
