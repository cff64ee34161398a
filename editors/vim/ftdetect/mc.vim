" `.mc` is mc, whatever else it was taken for: `set`, because Vim itself says m4.
autocmd BufRead,BufNewFile *.mc set filetype=mc
