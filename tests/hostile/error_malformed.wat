;; An error whose payload is no value.
;; expect: Malformed
;; contract Hostile {
;;     error Refused(flag: bool);
;;     entry attack(n: u64) { require n > 30 else Refused(n > 3); }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 2))
    (i32.const 32))
  {formulas})
