;; Takes a step that it does not declare.
;; expect: Trap
;; contract Counter {
;;     state total: u64 = 0;
;;     error Large(n: u64);
;;     entry add(n: u64) -> u64 { require n < 1000 else Large(n); total += n; return n; }
;;     entry set(at: u64) { total = at; }
;; }
;; compose Hostile(n: u64) -> u64 uses counter: Counter {
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
    (drop (call $step (i32.const 2)))
    (i32.const 0))
  {formulas})
