//! What `mcc editors install` puts in place: the files of `editors`, embedded, and where each editor looks.
//!
//! [`place`] writes them and remembers what it wrote; [`steps`] does what no file does: compile the parser,
//! pack the extension of VS Code, make the repository that Zed asks for.

pub mod place;
pub mod steps;

use std::env;
use std::path::PathBuf;

/// An editor.
#[derive(Debug)]
pub struct Editor {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it gets.
    pub about: &'static str,
    /// Where it looks: a folder below one that the system or the user names.
    pub home: (Base, &'static str),
    /// The files, by their paths from there.
    pub files: &'static [(&'static str, &'static str)],
    /// The file among them that others write to as well; theirs stays, and ours gets a name beside it.
    pub shared: Option<(&'static str, &'static str)>,
    /// What is done once the files are there.
    pub step: Option<Step>,
    /// What is left to the user.
    pub next: &'static str,
}

/// A folder that differs from user to user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The user's own.
    Home,
    /// Where programs keep data: `~/.local/share`.
    Data,
    /// Where programs keep settings: `~/.config`.
    Config,
}

/// Something that a file alone does not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Compile the parser in one folder to a library.
    Compile(&'static str, &'static str),
    /// Pack the extension, and hand it to VS Code.
    Pack,
    /// Make `grammar` a repository, and name it in `extension.toml`.
    Repository,
}

macro_rules! embedded {
    ($($place:literal <- $path:literal),* $(,)?) => {
        &[$(($place, include_str!(concat!("../../../../editors/", $path)))),*]
    };
}

/// Every editor there is something for.
pub const EDITORS: &[Editor] = &[
    Editor {
        name: "vscode",
        about: "VS Code and its kin: extension with server, colours and conflict matrix",
        home: (Base::Data, "mcc/vscode"),
        files: embedded! {
            "extension/package.json" <- "vscode/package.json",
            "extension/README.md" <- "vscode/README.md",
            "extension/language-configuration.json" <- "vscode/language-configuration.json",
            "extension/out/extension.js" <- "vscode/out/extension.js",
            "extension/snippets/mc.json" <- "vscode/snippets/mc.json",
            "extension/syntaxes/mc.tmLanguage.json" <- "textmate/mc.tmLanguage.json",
            "extension/syntaxes/markdown.json" <- "vscode/syntaxes/markdown.json",
            "extension.vsixmanifest" <- "vscode/vsix/extension.vsixmanifest",
            "[Content_Types].xml" <- "vscode/vsix/content-types.xml",
        },
        shared: None,
        step: Some(Step::Pack),
        next: "start VS Code again",
    },
    Editor {
        name: "nvim",
        about: "Neovim 0.7.2 and newer: package with server, colours and tree",
        home: (Base::Data, "nvim/site/pack/mcc/start/mc"),
        files: embedded! {
            "ftdetect/mc.vim" <- "vim/ftdetect/mc.vim",
            "ftplugin/mc.vim" <- "vim/ftplugin/mc.vim",
            "ftplugin/mc.lua" <- "nvim/ftplugin/mc.lua",
            "indent/mc.vim" <- "vim/indent/mc.vim",
            "syntax/mc.vim" <- "vim/syntax/mc.vim",
            "compiler/mcc.vim" <- "vim/compiler/mcc.vim",
            "lua/mc.lua" <- "nvim/lua/mc.lua",
            "queries/mc/highlights.scm" <- "tree-sitter/queries/highlights.scm",
            "queries/mc/locals.scm" <- "tree-sitter/queries/locals.scm",
            "queries/mc/folds.scm" <- "tree-sitter/queries/folds.scm",
            "queries/mc/indents.scm" <- "tree-sitter/queries/indents.scm",
            "src/parser.c" <- "tree-sitter/src/parser.c",
            "src/tree_sitter/parser.h" <- "tree-sitter/src/tree_sitter/parser.h",
        },
        shared: None,
        step: Some(Step::Compile("src", "parser/mc.so")),
        next: "open a `.mc` file",
    },
    Editor {
        name: "vim",
        about: "Vim 8 and newer: package with colours, indentation and `:make`",
        home: (
            Base::Home,
            if cfg!(windows) { "vimfiles/pack/mcc/start/mc" } else { ".vim/pack/mcc/start/mc" },
        ),
        files: embedded! {
            "ftdetect/mc.vim" <- "vim/ftdetect/mc.vim",
            "ftplugin/mc.vim" <- "vim/ftplugin/mc.vim",
            "indent/mc.vim" <- "vim/indent/mc.vim",
            "syntax/mc.vim" <- "vim/syntax/mc.vim",
            "compiler/mcc.vim" <- "vim/compiler/mcc.vim",
        },
        shared: None,
        step: None,
        next: "open a `.mc` file; a client for language servers starts `mcc lsp`",
    },
    Editor {
        name: "helix",
        about: "Helix: queries and a language entry with server and formatter",
        home: (Base::Config, "helix"),
        files: embedded! {
            "runtime/queries/mc/highlights.scm" <- "helix/queries/highlights.scm",
            "runtime/queries/mc/indents.scm" <- "helix/queries/indents.scm",
            "runtime/queries/mc/textobjects.scm" <- "helix/queries/textobjects.scm",
            "runtime/queries/mc/locals.scm" <- "tree-sitter/queries/locals.scm",
            "languages.toml" <- "helix/languages.toml",
            "runtime/grammars/sources/mc/src/parser.c" <- "tree-sitter/src/parser.c",
            "runtime/grammars/sources/mc/src/tree_sitter/parser.h" <- "tree-sitter/src/tree_sitter/parser.h",
        },
        shared: Some(("languages.toml", "mc.languages.toml")),
        step: Some(Step::Compile("runtime/grammars/sources/mc/src", "runtime/grammars/mc.so")),
        next: "`hx --health mc` shows what Helix found",
    },
    Editor {
        name: "zed",
        about: "Zed: extension with colours, outline and server",
        home: (Base::Data, "mcc/zed"),
        files: embedded! {
            "extension.toml" <- "zed/extension.toml",
            "Cargo.toml" <- "zed/Cargo.toml",
            "src/lib.rs" <- "zed/src/lib.rs",
            "languages/mc/config.toml" <- "zed/languages/mc/config.toml",
            "languages/mc/highlights.scm" <- "zed/languages/mc/highlights.scm",
            "languages/mc/brackets.scm" <- "zed/languages/mc/brackets.scm",
            "languages/mc/indents.scm" <- "zed/languages/mc/indents.scm",
            "languages/mc/outline.scm" <- "zed/languages/mc/outline.scm",
            "grammar/src/parser.c" <- "tree-sitter/src/parser.c",
            "grammar/src/grammar.json" <- "tree-sitter/src/grammar.json",
            "grammar/src/tree_sitter/parser.h" <- "tree-sitter/src/tree_sitter/parser.h",
            "grammar/tree-sitter.json" <- "tree-sitter/tree-sitter.json",
        },
        shared: None,
        step: Some(Step::Repository),
        next: "in Zed, run `zed: install dev extension` and choose this folder",
    },
    Editor {
        name: "emacs",
        about: "Emacs 26 and newer: mode with colours, indentation and eglot",
        home: (Base::Home, ".emacs.d/lisp"),
        files: embedded! { "mc-mode.el" <- "emacs/mc-mode.el" },
        shared: None,
        step: None,
        next: "add to your init file: (load \"~/.emacs.d/lisp/mc-mode\"); then `M-x eglot`",
    },
];

impl Editor {
    /// The editor with a name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Self> {
        EDITORS.iter().find(|editor| editor.name == name)
    }

    /// The folder where this editor looks; none if nobody says where the user's own is.
    #[must_use]
    pub fn home(&self) -> Option<PathBuf> {
        let (base, below) = self.home;
        base.folder().map(|folder| folder.join(below))
    }
}

impl Base {
    fn folder(self) -> Option<PathBuf> {
        let named = |name: &str| env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
        let home = named(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
        match self {
            Self::Home => home,
            Self::Data if cfg!(windows) => named("LOCALAPPDATA"),
            Self::Data => named("XDG_DATA_HOME").or_else(|| Some(home?.join(".local/share"))),
            Self::Config if cfg!(windows) => named("APPDATA"),
            Self::Config => named("XDG_CONFIG_HOME").or_else(|| Some(home?.join(".config"))),
        }
    }
}
