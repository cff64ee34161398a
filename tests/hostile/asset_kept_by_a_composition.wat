;; Takes an asset from one step and passes it to nobody.
;; expect: NotConserved
;; contract House {
;;     asset Gold;
;;     state held: map<u64, Gold>;
;;     entry make(n: u128) -> Gold { return mint Gold(n); }
;;     entry keep(all: Gold) { held[1] += all; }
;; }
;; compose Hostile(n: u128) uses house: House {
;;     step made = house.make(n);
;;     step house.keep(made);
;; }
;; app Main {
;;     let innocent = deploy Innocent();
;;     let house = deploy House();
;;     let hostile = deploy Hostile(house);
;; }
(module {head}
  (func (export "Hostile") (result i32)
    (call $store (i32.const {exchange}) (i64.load (i32.const {arguments})))
    (drop (call $step (i32.const 0)))
    (i32.const 0))
  {formulas})
