;; Saves half of 2^128 coins in two places, which is nothing to whoever sums in 128 bits, and takes them from nowhere.
;; expect: NotConserved
;; contract Hostile {
;;     state saved: map<u64, coin>;
;;     state kept: map<u64, coin>;
;;     entry attack(n: u64) {
;;         saved[n] += saved[n].take_all();
;;         kept[n] += kept[n].take_all();
;;     }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.add (i32.load (i32.const {table saved})) (i32.const 8)) (i64.const 0x8000000000000000))
    (call $store (i32.add (i32.load (i32.const {table kept})) (i32.const 8)) (i64.const 0x8000000000000000))
    (i32.const 0))
  {formulas})
