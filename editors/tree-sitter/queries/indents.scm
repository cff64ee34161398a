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
] @indent.begin

[ "}" ")" "]" ] @indent.branch @indent.end

(line_comment) @indent.ignore
(block_comment) @indent.auto
(ERROR) @indent.auto
