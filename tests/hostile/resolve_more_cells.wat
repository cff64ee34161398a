;; Asks for a second cell where it declares one.
;; expect: Undeclared
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
    (drop (call $resolve (i32.const {access cells})))
    (call $store (i32.const {exchange}) (i64.const 1))
    (drop (call $resolve (i32.const {access cells})))
    (call $store (i32.const {exchange}) (i64.const 2))
    (drop (call $resolve (i32.const {access cells})))
    (call $store (i32.const {exchange}) (i64.const 3))
    (drop (call $resolve (i32.const {access cells})))
    (call $store (i32.const {exchange}) (i64.const 4))
    (drop (call $resolve (i32.const {access cells})))
    (call $store (i32.const {exchange}) (i64.const 5))
    (drop (call $resolve (i32.const {access cells})))
    (i32.const 0))
  {formulas})
