;; Pays from nothing.
;; expect: NotConserved
;; contract Hostile {
;;     state purse: map<address, coin>;
;;     entry attack(n: u128) { pay(caller, purse[caller].take_all()); }
;; }
(module {head}
  (func (export "attack") (result i32) (local i32)
    (local.set 0 (i32.load (i32.const {table coin.balances})))
    (call $store (local.get 0) (i64.add (i64.load (local.get 0)) (i64.const 5)))
    (i32.const 0))
  {formulas})
