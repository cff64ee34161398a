" How mc is edited.
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=//\ %s
setlocal comments=s1:/*,mb:*,ex:*/,:///,://
setlocal formatoptions-=t formatoptions+=croql
setlocal shiftwidth=4 softtabstop=4 expandtab
setlocal textwidth=110
setlocal suffixesadd=.mc
" `gq` over the whole buffer: the one style of the language.
setlocal formatprg=mcc\ fmt\ --stdin
compiler mcc

let b:undo_ftplugin = "setlocal commentstring< comments< formatoptions< shiftwidth< softtabstop< expandtab"
      \ . " textwidth< suffixesadd< formatprg< makeprg< errorformat<"
