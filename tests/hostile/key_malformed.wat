;; Asks for the cell of a key that is no key.
;; expect: Malformed
;; contract Hostile {
;;     state next: map<u8, u8> = 0;
;;     state cells: map<u8, u8> = 0;
;;     entry attack(n: u8) -> u8 {
;;         cells[next[next[next[n]]]] = n;
;;         return n;
;;     }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 300))
    (drop (call $resolve (i32.const {access cells})))
    (i32.const 0))
  {formulas})
