;; Emits five events of 16004 bytes each: for so little fuel nobody may fill the receipts.
;; expect: TooManyEvents
;; contract Hostile {
;;     event Said(many: list<u256, 500>);
;;     entry attack(n: u64) { emit Said(many: []); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 500))
    (call $emit (i32.const 0))
    (call $emit (i32.const 0))
    (call $emit (i32.const 0))
    (call $emit (i32.const 0))
    (call $emit (i32.const 0))
    (i32.const 0))
  {formulas})
