;; A second deed out of nothing.
;; expect: NotConserved
;; contract Hostile {
;;     asset Deed unique { lot: u64 }
;;     state deeds: map<u64, Deed>;
;;     entry attack(n: u64) { deeds.insert(n, mint Deed(lot: n)); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.load (i32.const {table deeds})) (i64.const 1))
    (i32.const 0))
  {formulas})
