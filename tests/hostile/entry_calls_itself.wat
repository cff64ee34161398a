;; An entry that calls itself.
;; expect: refused a call of a function that is not before it
(module {head}
  (func $attack (export "attack") (result i32) (call $attack))
  {formulas})
