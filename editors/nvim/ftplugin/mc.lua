-- Colours from the tree, and the language server, for every buffer of mc.
require("mc").attach(vim.api.nvim_get_current_buf())
