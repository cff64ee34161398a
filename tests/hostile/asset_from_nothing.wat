;; Credits more than it mints.
;; expect: NotConserved
;; contract Hostile {
;;     asset Gold;
;;     state held: map<u64, Gold>;
;;     entry attack(n: u64) { held[n] += mint Gold(5); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.load (i32.const {table held})) (i64.const 5))
    (i32.const 0))
  {formulas})
