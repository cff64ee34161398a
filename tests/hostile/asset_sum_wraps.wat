;; Credits two cells with half of 2^128 each, which is nothing to whoever sums in 128 bits, and mints nothing.
;; expect: NotConserved
;; contract Hostile {
;;     asset Gold;
;;     state held: map<u64, Gold>;
;;     state kept: map<u64, Gold>;
;;     entry attack(n: u64) {
;;         held[n] += mint Gold(170141183460469231731687303715884105728);
;;         kept[n] += mint Gold(170141183460469231731687303715884105728);
;;     }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.add (i32.load (i32.const {table held})) (i32.const 8)) (i64.const 0x8000000000000000))
    (call $store (i32.add (i32.load (i32.const {table kept})) (i32.const 8)) (i64.const 0x8000000000000000))
    (i32.const 0))
  {formulas})
