;; Asks for one cell without an end.
;; expect: OutOfFuel
;; contract Hostile {
;;     state next: map<u64, u64> = 0;
;;     state cells: map<u64, u64> = 0;
;;     entry attack(n: u64) -> u64 {
;;         cells[next[next[next[n]]]] = n;
;;         return n;
;;     }
;; }
(module {head}
  (func (export "attack") (result i32)
    (loop $again (drop (call $resolve (i32.const {access cells}))) (br $again))
    (i32.const 0))
  {formulas})
