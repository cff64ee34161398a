;; Lets the host take roots without an end.
;; expect: OutOfFuel
;; contract Hostile {
;;     entry attack(n: u64) -> u64 { return sqrt(n); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (loop $again (drop (call $compute (i32.const 0))) (br $again))
    (i32.const 0))
  {formulas})
