(contract "contract" @context name: (identifier) @name) @item
(interface "interface" @context name: (identifier) @name) @item
(struct "struct" @context name: (identifier) @name) @item
(enum "enum" @context name: (identifier) @name) @item
(app "app" @context name: (identifier) @name) @item
(compose "compose" @context signature: (signature name: (identifier) @name)) @item
(entry_member "entry" @context (function signature: (signature name: (identifier) @name))) @item
(view_member "view" @context (function signature: (signature name: (identifier) @name))) @item
(function_member "fn" @context (function signature: (signature name: (identifier) @name))) @item
(function_item "fn" @context (function signature: (signature name: (identifier) @name))) @item
(init "init" @name) @item
(state_member "state" @context (state name: (identifier) @name)) @item
(test "test" @context name: (string) @name) @item
