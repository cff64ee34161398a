[
  (import)
  (contract)
  (interface)
  (struct)
  (enum)
  (asset)
  (block)
  (match_stmt)
  (match_expr)
  (block_comment)
] @fold
