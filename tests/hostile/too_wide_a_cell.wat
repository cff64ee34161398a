;; Leaves 300 in a cell of 8 bits.
;; expect: Malformed
;; contract Hostile {
;;     state small: u8 = 0;
;;     entry attack(n: u8) { small = n; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.load (i32.const {table small})) (i64.const 300))
    (i32.const 0))
  {formulas})
