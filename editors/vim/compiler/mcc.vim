" `:make` checks the project; the findings are in the quickfix list.
if exists("current_compiler")
  finish
endif
let current_compiler = "mcc"

CompilerSet makeprg=mcc\ check\ --format\ short
CompilerSet errorformat=%f:%l:%c:\ %trror[E%n]:\ %m,%f:%l:%c:\ %tarning[W%n]:\ %m
