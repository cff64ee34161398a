;; Writes an immutable, which its formulas may read.
;; expect: Undeclared
;; contract Hostile {
;;     immutable owner: u64;
;;     init() { self.owner = 0; }
;;     entry attack(n: u64) -> u64 { return owner + n; }
;; }
(module {head}
  (func (export "init") (result i32) (i32.const 0))
  (func (export "attack") (result i32)
    (call $store (i32.load (i32.const {table owner})) (i64.const 1))
    (i32.const 0))
  {formulas})
