//! The only module that prints: results to stdout, everything else to stderr.
//!
//! `--quiet` never changes stdout. A reader that has gone away ends stdout silently; any other error of
//! writing the result makes the command fail.

use crate::failure::{Complaint, Failure, reason};
use crate::global::{Color, Global};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Work that takes less shows no progress bar.
const PROGRESS_AFTER: Duration = Duration::from_millis(500);

/// How a command may show its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For reading.
    Human,
    /// One line a finding: `file:line:column: error[E0101]: …`.
    Short,
    /// For machines: JSON lines.
    Json,
    /// Findings as one SARIF document.
    Sarif,
    /// Findings as annotations of GitHub Actions.
    Github,
}

/// The two streams, which drop colours where nobody sees them.
pub struct Streams {
    stdout: Box<dyn Write>,
    stderr: Box<dyn Write>,
    is_terminal: bool,
}

impl Streams {
    /// The streams of this process.
    #[must_use]
    pub fn of_process(color: Color) -> Self {
        match color {
            Color::Auto => {}
            Color::Always => ColorChoice::Always.write_global(),
            Color::Never => ColorChoice::Never.write_global(),
        }
        Self {
            stdout: Box::new(AutoStream::auto(io::stdout())),
            stderr: Box::new(AutoStream::auto(io::stderr())),
            is_terminal: io::stderr().is_terminal(),
        }
    }
}

/// Where a command's words go.
pub struct Output {
    streams: Streams,
    quiet: bool,
    progress: bool,
    /// Why the result could not be written.
    broken: Option<io::Error>,
}

impl Output {
    /// Output through `streams`, as the global options ask.
    #[must_use]
    pub fn new(streams: Streams, global: &Global) -> Self {
        let progress = streams.is_terminal && !global.no_progress && !global.quiet;
        Self { streams, quiet: global.quiet, progress, broken: None }
    }

    /// A part of the result.
    pub fn result(&mut self, text: &str) {
        self.result_bytes(text.as_bytes());
    }

    /// A part of the result that is not text.
    pub fn result_bytes(&mut self, bytes: &[u8]) {
        if self.broken.is_none()
            && let Err(error) = self.streams.stdout.write_all(bytes)
        {
            self.broken = Some(error);
        }
    }

    /// A value of the result, as one line of JSON.
    pub fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(line) => self.result(&(line + "\n")),
            Err(error) => self.broken = Some(io::Error::other(error)),
        }
    }

    /// True once nobody reads the result any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.broken.is_some()
    }

    /// Something on the side, which `--quiet` leaves out.
    pub fn status(&mut self, text: &str) {
        if !self.quiet {
            self.aside(text);
        }
    }

    /// A warning, which `--quiet` leaves out.
    pub fn warning(&mut self, text: &str) {
        let style = AnsiColor::Yellow.on_default().bold();
        self.status(&format!("{style}warning{style:#}: {text}\n"));
    }

    /// Diagnostics that are not the result.
    pub fn aside(&mut self, text: &str) {
        // There is no third place to complain in.
        let _ = self.streams.stderr.write_all(text.as_bytes());
    }

    /// A bar for `length` pieces of work; nothing is drawn in the first half second.
    #[must_use]
    pub fn progress(&self, what: &'static str, length: u64) -> Progress {
        Progress {
            bar: self.progress.then(|| hidden_bar(what, length)),
            started: Instant::now(),
            shown: false,
        }
    }

    /// Ends the command: reports why it failed, and gives the exit code.
    pub fn finish(mut self, done: Result<(), Failure>) -> ExitCode {
        if let Err(error) = self.streams.stdout.flush() {
            self.broken.get_or_insert(error);
        }
        let broken = self.broken.take();
        let done = match broken {
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Some(error) => Err(Failure::unable(format!("cannot write the result: {}", reason(&error)))),
            None => done,
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                if let Failure::Unable(complaints) = &failure {
                    self.complain(complaints);
                }
                ExitCode::from(failure.exit_code())
            }
        }
    }

    /// Clears the terminal, if the result goes to one.
    pub fn clear(&mut self) {
        if io::stdout().is_terminal() {
            self.result("\u{1b}[2J\u{1b}[H");
        }
    }

    /// Says why something could not be done.
    pub fn complain(&mut self, complaints: &[Complaint]) {
        const SHOWN_MAX: usize = 20;
        let (error, help) = (AnsiColor::Red.on_default().bold(), AnsiColor::Green.on_default());
        for complaint in complaints.iter().take(SHOWN_MAX) {
            let place =
                if complaint.place.is_empty() { String::new() } else { format!("{}: ", complaint.place) };
            self.aside(&format!("{place}{error}error{error:#}: {}\n", complaint.message));
            if let Some(text) = &complaint.help {
                self.aside(&format!("  {help}help{help:#}: {text}\n"));
            }
        }
        if complaints.len() > SHOWN_MAX {
            self.aside(&format!("… and {} more\n", complaints.len() - SHOWN_MAX));
        }
    }
}

/// A progress bar that appears only if the work takes long.
pub struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    shown: bool,
}

impl Progress {
    /// One piece of the work is done.
    pub fn step(&mut self) {
        let Some(bar) = &self.bar else { return };
        bar.inc(1);
        if !self.shown && self.started.elapsed() > PROGRESS_AFTER {
            self.shown = true;
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn hidden_bar(what: &'static str, length: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// Text in bold, where colours are shown.
#[must_use]
pub fn bold(text: &str) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// Text that matters less.
#[must_use]
pub fn dim(text: &str) -> String {
    let style = Style::new().dimmed();
    format!("{style}{text}{style:#}")
}

/// Text that a change takes away.
#[must_use]
pub fn removed(text: &str) -> String {
    let style = AnsiColor::Red.on_default();
    format!("{style}{text}{style:#}")
}

/// Text that a change brings.
#[must_use]
pub fn added(text: &str) -> String {
    let style = AnsiColor::Green.on_default();
    format!("{style}{text}{style:#}")
}

/// Reports a command line that cannot be understood, or shows the help that was asked for.
pub fn usage(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(failed) if failed.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(2),
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}

/// Reports a bug in `mcc`.
pub fn bug(what: &str, place: &str) {
    let version = env!("CARGO_PKG_VERSION");
    let report = format!(
        "mcc {version} has a bug: {what}\n  at {place}\n  Nothing you wrote should do this. Please report these \
         lines, the command and the sources\n  to the maintainers of mc.\n"
    );
    let _ = io::stderr().write_all(report.as_bytes());
}
