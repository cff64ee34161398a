;; Two memories, one of which nobody knows.
;; expect: refused not one memory
(module {imports} {memory} (memory 1 1) {store}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
