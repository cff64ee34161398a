//! What every command understands.

use clap::builder::FalseyValueParser;
use clap::{Args as Arguments, ValueEnum};
use std::path::PathBuf;

/// What every command understands.
#[derive(Clone, Debug, Arguments)]
pub struct Global {
    /// Work in this directory
    #[arg(
        short = 'C',
        value_name = "DIR",
        global = true,
        env = "MCC_DIR",
        hide_env_values = true,
        help_heading = "Global options"
    )]
    pub directory: Option<PathBuf>,
    /// When to use colours: auto, always or never; auto respects `NO_COLOR`
    #[arg(
        long,
        value_name = "WHEN",
        global = true,
        env = "MCC_COLOR",
        hide_env_values = true,
        default_value = "auto"
    )]
    #[arg(help_heading = "Global options", hide_possible_values = true)]
    pub color: Color,
    /// Print the result and errors only
    #[arg(short, long, global = true, env = "MCC_QUIET", hide_env_values = true, value_parser = FalseyValueParser::new())]
    #[arg(help_heading = "Global options")]
    pub quiet: bool,
    /// Show no progress bars
    #[arg(long, global = true, env = "MCC_NO_PROGRESS", hide_env_values = true, value_parser = FalseyValueParser::new())]
    #[arg(help_heading = "Global options")]
    pub no_progress: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
