;; Asks for the system interface that other hosts give.
;; expect: refused an import of `wasi_snapshot_preview1.fd_write`
(module (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32))) {head}
  (func (export "attack") (result i32) (i32.const 0))
  {formulas})
