;; An import of the host as the entry.
;; expect: refused the export `attack` is no entry
(module {head}
  (export "attack" (func $resolve))
  {formulas})
