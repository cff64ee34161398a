;; Mints and gives it to nobody.
;; expect: NotConserved
;; contract Hostile {
;;     asset Gold;
;;     state held: map<u64, Gold>;
;;     entry attack(n: u64) { held[n] += mint Gold(5); }
;; }
(module {head}
  (func (export "attack") (result i32) (local i32)
    (local.set 0 (i32.load (i32.const {table supply(Gold)})))
    (call $store (local.get 0) (i64.add (i64.load (local.get 0)) (i64.const 5)))
    (i32.const 0))
  {formulas})
