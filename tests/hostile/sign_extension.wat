;; An operator of a later version of WASM.
;; expect: refused the operator I32Extend8S
(module {head}
  (func (export "attack") (result i32)
    (drop (i32.extend8_s (i32.const 200)))
    (i32.const 0))
  {formulas})
