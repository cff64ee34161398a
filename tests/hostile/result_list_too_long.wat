;; A list that says it is longer than it may be.
;; expect: Malformed
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) -> list<u64, 2> { total = 1; return [n]; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 3))
    (call $store (i32.add (i32.const {exchange}) (i32.const 8)) (i64.const 1))
    (call $store (i32.add (i32.const {exchange}) (i32.const 16)) (i64.const 2))
    (i32.const 0))
  {formulas})
