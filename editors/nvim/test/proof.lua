-- What a user does, in a real Neovim without a screen: open, look, hover, rename, format.
-- The answers go to the file in `$MC_PROOF`, as JSON; a test of `mcc` compares them.

local proof = {}

local function wait(what, ready)
  if not vim.wait(20000, ready, 50) then
    proof.failed = what
  end
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

local function ask(method, more)
  local params = vim.tbl_extend("force", vim.lsp.util.make_position_params(), more or {})
  local answers = vim.lsp.buf_request_sync(0, method, params, 20000) or {}
  for _, answer in pairs(answers) do
    return answer.result
  end
end

local function run()
  vim.cmd("edit " .. vim.env.MC_SAMPLE)
  proof.filetype = vim.bo.filetype
  proof.comment = vim.bo.commentstring
  proof.syntax = vim.fn.synIDattr(vim.fn.synID(1, 1, 1), "name")
  proof.tree = vim.treesitter.highlighter.active[vim.api.nvim_get_current_buf()] ~= nil
  if vim.env.MC_SERVER ~= "yes" then
    return
  end
  wait("a diagnostic", function()
    return #vim.diagnostic.get(0) > 0
  end)
  local found = vim.diagnostic.get(0)[1]
  proof.diagnostic = found and { code = found.code, line = found.lnum + 1, message = found.message }

  vim.fn.search("missing")
  vim.cmd("normal! ciwtotal")
  wait("no diagnostic", function()
    return #vim.diagnostic.get(0) == 0
  end)

  vim.fn.search("total", "bw")
  local hover = ask("textDocument/hover")
  proof.hover = hover and hover.contents.value
  local edit = ask("textDocument/rename", { newName = "sum" })
  vim.lsp.util.apply_workspace_edit(edit, "utf-16")
  proof.renamed = text()

  if vim.lsp.buf.format then
    vim.lsp.buf.format({ timeout_ms = 20000 })
  else
    vim.lsp.buf.formatting_sync(nil, 20000)
  end
  proof.formatted = text()
end

local done, failure = pcall(run)
if not done then
  proof.failed = failure
end
vim.fn.writefile({ vim.json.encode(proof) }, vim.env.MC_PROOF)
vim.cmd("qall!")
