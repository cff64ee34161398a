;; Formulas that are not the encoding of any.
;; expect: refused not in canonical encoding
(module {head}
  (func (export "attack") (result i32) (i32.const 0))
  (@custom "mc.access" "\01\00\00"))
