;; Exports something that is neither a function nor the memory.
;; expect: refused an export `attack` that is no function
(module {head}
  (export "attack" (global 0))
  {formulas})
