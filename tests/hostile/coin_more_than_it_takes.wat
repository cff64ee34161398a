;; Takes what it may and gives a hundred times as much.
;; expect: NotConserved
;; contract Hostile {
;;     state purse: map<address, coin>;
;;     entry attack(n: u128) -> coin { return purse[caller].take(n); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 700))
    (i32.const 0))
  {formulas})
