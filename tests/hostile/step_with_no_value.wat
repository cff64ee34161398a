;; Takes a step with an argument that its type does not have.
;; expect: Malformed
;; contract Counter {
;;     state total: u64 = 0;
;;     error Large(n: u8);
;;     entry add(n: u8) -> u8 { require n < 200 else Large(n); total += n; return n; }
;;     entry set(at: u8) { total = at; }
;; }
;; compose Hostile(n: u8) -> u8 uses counter: Counter {
;;     step first = counter.add(n);
;;     step counter.set(at: n);
;;     return first;
;; }
;; app Main {
;;     let innocent = deploy Innocent();
;;     let counter = deploy Counter();
;;     let hostile = deploy Hostile(counter);
;; }
(module {head}
  (func (export "Hostile") (result i32)
    (call $store (i32.const {exchange}) (i64.const 300))
    (drop (call $step (i32.const 0)))
    (i32.const 0))
  {formulas})
