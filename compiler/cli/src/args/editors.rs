//! The arguments of `mcc editors`.

use super::Shown;
use clap::{Args as Arguments, Subcommand};
use std::path::PathBuf;

/// Put what an editor needs in place.
#[derive(Debug, Subcommand)]
pub enum Editors {
    /// List the editors there is something for
    List(EditorsList),
    /// Put the files of an editor where it looks for them
    Install(InstallEditor),
    /// Take them away again
    Uninstall(EditorPlace),
}

/// List the editors there is something for.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc editors list
  mcc editors list --json | jq -r .directory")]
pub struct EditorsList {
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Which editor, and where its files are.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc editors uninstall nvim
  mcc editors uninstall helix --dry-run")]
pub struct EditorPlace {
    /// vscode, nvim, vim, helix, zed or emacs
    #[arg(value_name = "NAME")]
    pub editor: String,
    /// The folder to use; where the editor looks if not given
    #[arg(long, value_name = "PATH")]
    pub dir: Option<PathBuf>,
    /// Change nothing; say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// How the result is shown.
    #[command(flatten)]
    pub shown: Shown,
}

/// Put the files of an editor where it looks for them.
#[derive(Debug, Arguments)]
#[command(after_help = "\
Examples:
  mcc editors install nvim
  mcc editors install helix --dry-run
  mcc editors install vim --dir ~/.config/vim/pack/mcc/start/mc")]
pub struct InstallEditor {
    /// Which editor, and where.
    #[command(flatten)]
    pub place: EditorPlace,
    /// Overwrite files that are not as mcc wrote them
    #[arg(long)]
    pub force: bool,
}
