;; Two sections of access formulas: which of them counts?
;; expect: refused two sections `mc.access`
(module {head}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas}
  {formulas})
