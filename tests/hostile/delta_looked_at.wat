;; Declares to add, and tells what the cell holds: it sees no more than what it declares.
;; expect: gives 0
;; contract Hostile {
;;     state total: u64 = 500;
;;     entry attack(n: u64) -> u64 { total += n; return n; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.load (i32.load (i32.const {table total}))))
    (call $store (i32.load (i32.const {table total})) (i64.add (i64.const 7) (i64.load (i32.load (i32.const {table total})))))
    (i32.const 0))
  {formulas})
