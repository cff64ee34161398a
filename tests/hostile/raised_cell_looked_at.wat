;; Declares to raise, and tells what the cell holds: it sees the least value there is.
;; expect: gives 0
;; contract Hostile {
;;     state best: u64 = 500;
;;     entry attack(n: u64) -> u64 { best = max(best, n); return n; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.load (i32.load (i32.const {table best}))))
    (i32.const 0))
  {formulas})
