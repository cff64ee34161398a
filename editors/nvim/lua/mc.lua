--- mc in Neovim 0.7.2 and newer: `mcc lsp`, and colours from the tree where the parser is installed.
---
--- `vim.g.mc_command` is what starts the server, `{ "mcc", "lsp" }` if it is not set; `false` starts none.
--- `vim.g.mc_on_attach` is called with the client and the buffer.

local mc = {}

--- The directory of the project that a file belongs to, or the file's own.
function mc.root(path)
  local directory = vim.fn.fnamemodify(path, ":p:h")
  local manifest = vim.fn.findfile("mcc.toml", vim.fn.escape(directory, " ,") .. ";")
  if manifest == "" then
    return directory
  end
  return vim.fn.fnamemodify(manifest, ":p:h")
end

local function command()
  if vim.g.mc_command == nil then
    return { "mcc", "lsp" }
  end
  return vim.g.mc_command
end

local function on_attach(client, buffer)
  vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
  if vim.api.nvim_buf_create_user_command then
    local function format()
      if vim.lsp.buf.format then
        vim.lsp.buf.format({ bufnr = buffer })
      else
        vim.lsp.buf.formatting_sync(nil, 5000)
      end
    end
    vim.api.nvim_buf_create_user_command(buffer, "McFormat", format, { desc = "Format with mcc fmt" })
    vim.api.nvim_buf_create_user_command(buffer, "McConflicts", function()
      mc.conflicts(client, buffer)
    end, { desc = "Which calls can conflict" })
  end
  if type(vim.g.mc_on_attach) == "function" then
    vim.g.mc_on_attach(client, buffer)
  end
end

--- Shows which calls can conflict, in a window of its own.
function mc.conflicts(client, buffer)
  local params = { textDocument = vim.lsp.util.make_text_document_params(buffer) }
  client.request("mc/conflicts", params, function(failure, matrix)
    if failure then
      vim.notify(failure.message, vim.log.levels.ERROR)
      return
    end
    local lines = {}
    for _, pair in ipairs(matrix.pairs) do
      if pair.verdict ~= "never" then
        table.insert(lines, string.format("%-12s %s, %s", pair.verdict, pair.a, pair.b))
        for _, cause in ipairs(pair.because) do
          table.insert(lines, "             " .. cause.a.cell .. " " .. cause.condition)
        end
      end
    end
    if #lines == 0 then
      lines = { "no two calls can conflict" }
    end
    vim.lsp.util.open_floating_preview(lines, "", { border = "single" })
  end, buffer)
end

local clients = {}

--- Starts the server of the buffer's project, or attaches to the one that runs.
function mc.start(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  local cmd = command()
  if not cmd or name == "" or vim.fn.executable(cmd[1]) == 0 then
    return
  end
  local root = mc.root(name)
  local config = {
    name = "mcc",
    cmd = cmd,
    root_dir = root,
    workspace_folders = { { uri = vim.uri_from_fname(root), name = root } },
    on_attach = on_attach,
  }
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buffer })
    return
  end
  -- Neovim 0.7: the same by hand.
  local id = clients[root]
  if not id or not vim.lsp.get_client_by_id(id) then
    id = vim.lsp.start_client(config)
    clients[root] = id
  end
  if id then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

--- Colours from the tree; where there is no parser, those of `syntax/mc.vim` stay.
function mc.paint(buffer)
  if #vim.api.nvim_get_runtime_file("parser/mc.so", false) == 0 then
    return false
  end
  return pcall(function()
    if vim.treesitter.start then
      vim.treesitter.start(buffer, "mc")
    else
      vim.treesitter.highlighter.new(vim.treesitter.get_parser(buffer, "mc"))
    end
  end)
end

function mc.attach(buffer)
  mc.paint(buffer)
  mc.start(buffer)
end

return mc
