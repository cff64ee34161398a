;; Writes another caller into its frame and reads it back: nobody else believes it.
;; expect: gives 0 0
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) -> (u64, u64) { total = n; return (n, n); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const 0) (i64.const 0))
    (call $store (i32.const {exchange}) (i64.load (i32.const 0)))
    (i32.const 0))
  {formulas})
