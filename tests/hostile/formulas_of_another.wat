;; The formulas of no entries at all.
;; expect: refused not one for each entry
(module {head}
  (func (export "attack") (result i32) (i32.const 0))
  (@custom "mc.access" "\00\00\00\00"))
