;; `none` with a content, which would be a second `none`: it is one.
;; expect: bytes 0
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) -> u64? { total = 1; return some(n); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 0))
    (call $store (i32.add (i32.const {exchange}) (i32.const 8)) (i64.const 5))
    (i32.const 0))
  {formulas})
