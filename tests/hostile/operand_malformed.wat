;; Lets the host compute with a number that its type does not have.
;; expect: Malformed
;; contract Hostile {
;;     entry attack(n: u8) -> u8 { return sqrt(n); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 300))
    (drop (call $compute (i32.const 0)))
    (i32.const 0))
  {formulas})
