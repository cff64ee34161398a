; Where names of bodies are declared, seen and used.
(contract) @local.scope
(compose) @local.scope
(function) @local.scope
(init) @local.scope
(test) @local.scope
(block) @local.scope
(stmt_arm) @local.scope
(expr_arm) @local.scope
(for_stmt) @local.scope

(param name: (identifier) @local.definition)
(slot name: (identifier) @local.definition)
(let_stmt pattern: (path . first: (identifier) @local.definition .))
(for_stmt pattern: (path . first: (identifier) @local.definition .))
(step_stmt pattern: (identifier) @local.definition)

(identifier) @local.reference
