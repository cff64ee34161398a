" Brackets indent.
if exists("b:did_indent")
  finish
endif
let b:did_indent = 1

setlocal cindent cinoptions=L0,j1,J1,(s,m1,+s cinkeys=0{,0},0),0],!^F,o,O

let b:undo_indent = "setlocal cindent< cinoptions< cinkeys<"
