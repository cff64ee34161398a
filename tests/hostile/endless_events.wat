;; Emits without an end.
;; expect: TooManyEvents
(module {head}
  (func (export "attack") (result i32)
    (loop $again (call $emit (i32.const 0)) (br $again))
    (i32.const 0))
  {formulas})
