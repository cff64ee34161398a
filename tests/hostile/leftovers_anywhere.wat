;; Looks at everything behind the slot of its cell, up to the end of its memory, then fills it.
;; expect: gives 0
;; contract Hostile {
;;     state total: u64 = 0;
;;     entry attack(n: u64) -> u64 { total = n; return n; }
;; }
(module {head}
  (func (export "attack") (result i32) (local $sum i64) (local $at i32)
    (local.set $at (i32.const 65528))
    (loop $down
      (local.set $sum (i64.or (local.get $sum) (i64.load (local.get $at))))
      (local.set $at (i32.sub (local.get $at) (i32.const 8)))
      (br_if $down (i32.ge_u (local.get $at) (i32.const {slot 1}))))
    (local.set $at (i32.const {mask}))
    (loop $down
      (call $store (local.get $at) (i64.const -1))
      (local.set $at (i32.sub (local.get $at) (i32.const 8)))
      (br_if $down (i32.ge_u (local.get $at) (i32.const {slot 1}))))
    (call $store (i32.const {exchange}) (local.get $sum))
    (i32.const 0))
  {formulas})
