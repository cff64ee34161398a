; What a file declares, and whom it calls.
(contract name: (identifier) @name) @definition.class
(interface name: (identifier) @name) @definition.interface
(struct name: (identifier) @name) @definition.class
(enum name: (identifier) @name) @definition.class
(app name: (identifier) @name) @definition.module
(const name: (identifier) @name) @definition.constant
(function signature: (signature name: (identifier) @name)) @definition.function
(compose signature: (signature name: (identifier) @name)) @definition.function
(state name: (identifier) @name) @definition.field

(call_expr callee: (identifier) @name) @reference.call
(call_expr callee: (field_expr name: (identifier) @name)) @reference.call
(step_call path: (path rest: (identifier) @name)) @reference.call
