" The colours of mc. Written by `cargo derive` from the token table of the compiler.
if exists("b:current_syntax")
  finish
endif

syn keyword mcKeyword import contract interface implements compose app fn struct enum const error
syn keyword mcKeyword event test state immutable asset role init entry view invariant migrate by via
syn keyword mcKeyword ensures uses spends where let mut require assert abort emit burn grant advance
syn keyword mcKeyword with return break continue if else for in match step par try catch expect as
syn keyword mcKeyword forall exists mint deploy some
syn keyword mcConstant true false none caller self now
syn keyword mcType bool u8 u16 u32 u64 u128 u256 i64 i128 address id hash time duration string bytes
syn keyword mcType list map set coin

" Soft keywords are names everywhere else.
syn match mcKeyword /\<from\>\ze\s*["0-9]/
syn match mcKeyword /\<version\>\ze\s\+\d/
syn match mcKeyword /\<unique\>\ze\s*{/
syn match mcKeyword /\<indexed\>\ze\s*[,)]/
syn match mcKeyword /\(\<grant\>.*[[:alnum:]_)\]]\s\)\@<=\s*to\>/
syn match mcKeyword /\(\<for\>.*[[:alnum:]_)\]]\s\)\@<=\s*max\>/
syn match mcUnit /\(\<\d[0-9_]*\s\+\)\@<=\(seconds\|minutes\|hours\|days\)\>/

syn match mcDeclared /\(\<\(contract\|interface\|struct\|enum\|app\|asset\|error\|event\|role\)\s\+\)\@<=\h\w*/
syn match mcFunction /\(\<\(fn\|entry\|view\|compose\|invariant\)\s\+\)\@<=\h\w*/
syn match mcType /\<\u\w*\>/
syn match mcFunction /\<\l\w*\ze\s*(/ contains=mcKeyword
" Behind a dot stands a name, whatever it is spelled like.
syn match mcMember /\([^.]\.\)\@<=\h\w*/
syn match mcMethod /\([^.]\.\)\@<=\h\w*\ze\s*(/
syn match mcAttribute /@\s*\h\w*/
syn match mcNumber /\<\d[0-9_]*\>/
syn match mcNumber /\<0x_*\x[0-9a-fA-F_]*\>/
syn match mcOperator /[-+*\/%=!<>&|^?]/
syn match mcComment /\/\/.*$/ contains=@Spell,mcTodo
syn match mcDoc /^\s*\/\/\/\/\@!.*$/ contains=@Spell
syn region mcComment start=/\/\*/ end=/\*\// contains=@Spell,mcTodo
syn region mcString start=/"/ skip=/\\./ end=/"/ oneline contains=mcEscape
syn match mcEscape /\\./ contained
syn keyword mcTodo TODO FIXME contained

hi def link mcKeyword Keyword
hi def link mcConstant Constant
hi def link mcType Type
hi def link mcDeclared Type
hi def link mcUnit Keyword
hi def link mcFunction Function
hi def link mcMethod Function
hi def link mcMember Identifier
hi def link mcAttribute PreProc
hi def link mcNumber Number
hi def link mcOperator Operator
hi def link mcComment Comment
hi def link mcDoc SpecialComment
hi def link mcString String
hi def link mcEscape SpecialChar
hi def link mcTodo Todo

let b:current_syntax = "mc"
