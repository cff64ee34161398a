;; A variant that the enum does not have.
;; expect: Malformed
;; enum Light { Red, Green }
;; contract Hostile {
;;     entry attack(n: u64) -> Light { return if n > 3 { Light.Red } else { Light.Green }; }
;; }
(module {head}
  (func (export "attack") (result i32)
    (call $store (i32.const {exchange}) (i64.const 2))
    (i32.const 0))
  {formulas})
