; Where names of bodies are declared, seen and used.
(contract) @local.scope
(compose) @local.scope
(function) @local.scope
(init) @local.scope
(test) @local.scope
(block) @local.scope
(stmt_arm) @local.scope
(expr_arm) @local.scope
(error) @local.scope
(variant) @local.scope
(interface) @local.scope
(for_stmt) @local.scope

(param name: (identifier) @local.definition)
(slot name: (identifier) @local.definition)
(let_stmt pattern: (path . first: (identifier) @local.definition .))
(for_stmt pattern: (path . first: (identifier) @local.definition .))
(step_stmt pattern: (identifier) @local.definition)

; Names of members and of arguments are none of these.
(_ [
  all: (identifier) @local.reference
  base: (identifier) @local.reference
  body: (identifier) @local.reference
  bound: (identifier) @local.reference
  condition: (identifier) @local.reference
  first: (identifier) @local.reference
  from: (identifier) @local.reference
  inner: (identifier) @local.reference
  key: (identifier) @local.reference
  left: (identifier) @local.reference
  max: (identifier) @local.reference
  operand: (identifier) @local.reference
  otherwise: (identifier) @local.reference
  right: (identifier) @local.reference
  role: (identifier) @local.reference
  target: (identifier) @local.reference
  then: (identifier) @local.reference
  to: (identifier) @local.reference
  value: (identifier) @local.reference
  who: (identifier) @local.reference
  with: (identifier) @local.reference
])
(tuple_expr rest: (identifier) @local.reference)
(list_expr (identifier) @local.reference)
(burn_stmt (identifier) @local.reference)
(assert_stmt (identifier) @local.reference)
