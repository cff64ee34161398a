;; Takes a fraction of numbers whose product and quotient do not fit: the host says so and nothing else.
;; expect: error 1
;; contract Hostile {
;;     entry attack(n: u64) -> u64 { return mul_div(n, n, 1); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const -1))
    (call $store (i32.add (i32.const {exchange}) (i32.const 8)) (i64.const -1))
    (call $store (i32.add (i32.const {exchange}) (i32.const 16)) (i64.const 1))
    (call $compute (i32.const 0)))
  {formulas})
