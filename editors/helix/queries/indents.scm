[
  (contract)
  (interface)
  (struct)
  (enum)
  (asset)
  (block)
  (match_stmt)
  (match_expr)
  (params)
  (args)
  (list_expr)
] @indent

[ "}" ")" "]" ] @outdent
