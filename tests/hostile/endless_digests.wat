;; Lets the host hash two thousand bytes without an end.
;; expect: OutOfFuel
;; contract Hostile {
;;     entry attack(n: u64) -> hash { return blake3((n, n)); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (loop $again (drop (call $compute (i32.const 0))) (br $again))
    (i32.const 0))
  {formulas})
