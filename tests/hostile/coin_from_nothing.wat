;; Gives coins that it does not have.
;; expect: NotConserved
;; contract Hostile {
;;     state purse: map<address, coin>;
;;     entry attack(n: u128) -> coin { return purse[caller].take_all(); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 7))
    (i32.const 0))
  {formulas})
