;; Declares to raise and lowers: what it leaves is compared with what is there.
;; expect: gives 500
;; contract Hostile {
;;     state best: u64 = 500;
;;     state low: u64 = 500;
;;     entry attack(n: u64) -> u64 { best = max(best, n); return low; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.load (i32.const {table best})) (i64.const 1))
    (call $store (i32.const {exchange}) (i64.load (i32.load (i32.const {table low}))))
    (i32.const 0))
  {formulas})
