; The colours of mc. Where two patterns name one node, the later one counts.

(identifier) @variable
((identifier) @type
  (#match? @type "^[A-Z]"))
((identifier) @constant
  (#match? @constant "^[A-Z][A-Z0-9_]+$"))

; Words and signs, class by class as the language has them.
[
  %"keyword"%
  %"soft"%
] @keyword
[
  "require" "assert" "abort" "emit" "burn" "grant" "advance" "return" "break" "continue"
  "if" "else" "for" "match" "step" "par" "try" "catch"
] @keyword.control
[ (caller_expr) (self_value_expr) (now_expr) (none_expr) (none_pattern) ] @constant.builtin
(bool_expr) @boolean
(bool_pattern) @boolean
[
  %"operator"%
] @operator
[ "{" "}" "(" ")" "[" "]" ] @punctuation.bracket
[ "," ";" ":" "." ".." "->" "=>" ] @punctuation.delimiter
(wildcard_pattern) @variable.builtin
(type_args [ "<" ">" ] @punctuation.bracket)
(generics [ "<" ">" ] @punctuation.bracket)

(line_comment) @comment
(block_comment) @comment
(doc_comment) @comment.documentation
(string) @string
(integer) @number
(hexadecimal) @number

; What is declared.
(attribute [ "@" (identifier) ] @attribute)
(contract name: (identifier) @type)
(interface name: (identifier) @type)
(struct name: (identifier) @type)
(enum name: (identifier) @type)
(app name: (identifier) @type)
(error name: (identifier) @type)
(event name: (identifier) @type)
(asset name: (identifier) @type)
(asset_interface_member (identifier) @type)
(role name: (identifier) @type)
(generic_param name: (identifier) @type)
(import_name (identifier) @type)
(variant name: (identifier) @constructor)
(const name: (identifier) @constant)
(signature name: (identifier) @function)
(init "init" @function)
(invariant name: (identifier) @function)
(state name: (identifier) @property)
(field name: (identifier) @property)
(param name: (identifier) @variable.parameter)
(event_param name: (identifier) @variable.parameter)
(slot name: (identifier) @variable.parameter)

; What is used.
(named_type (path (identifier) @type))
((named_type (path (identifier) @type.builtin))
  (#any-of? @type.builtin
    %"type"%
  ))
(cast_expr ty: (identifier) @type.builtin)
(deployed (path (identifier) @type))
(mint_expr asset: (path (identifier) @type))
(spend asset: (path (identifier) @type))
(fail path: (path (identifier) @type))
(emit_stmt event: (path (identifier) @type))
(expect_abort_stmt error: (path (identifier) @type))
(variant_pattern path: (path (identifier) @constructor))
(stmt_arm pattern: (path rest: (identifier) @constructor))
(expr_arm pattern: (path rest: (identifier) @constructor))
(field_expr name: (identifier) @property)
(optional_field_expr name: (identifier) @property)
(call_expr callee: (identifier) @function)
(call_expr callee: (field_expr name: (identifier) @function.method))
(step_call path: (path first: (identifier) @variable))
(step_call path: (path rest: (identifier) @function.method))
(arg name: (identifier) @variable.parameter)
