;; No access formulas.
;; expect: refused missing
(module {head}
  (func (export "attack") (result i32) (i32.const 0)))
