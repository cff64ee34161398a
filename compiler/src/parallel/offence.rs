//! An access that all calls of an entry share, and what is said of it.

use super::state_of;
use crate::Cause;
use crate::tree::Function;
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

/// An access that all calls share.
pub(super) struct Offence<'u> {
    pub(super) unit: &'u str,
    /// The name of the variable, or of the state whose parts it is about.
    pub(super) name: &'u str,
    pub(super) effect: Effect,
    /// How many map levels it has, and how many of its keys are known before execution.
    pub(super) levels: (usize, usize),
    /// Its keys are known before the block runs.
    pub(super) settled: bool,
    pub(super) at: Span,
    pub(super) cause: Option<&'u Cause>,
}

/// What is done to a cell, from the least to the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Effect {
    Reads,
    AddsTo,
    Writes,
}

/// Several parts of one state at one place are one offence.
pub(super) fn merged(offences: Vec<Offence<'_>>) -> Vec<Offence<'_>> {
    let mut merged: Vec<Offence<'_>> = Vec::new();
    for offence in offences {
        let earlier = merged.iter_mut().find(|earlier| {
            (earlier.unit, state_of(earlier.name), earlier.at)
                == (offence.unit, state_of(offence.name), offence.at)
        });
        let Some(earlier) = earlier else {
            merged.push(offence);
            continue;
        };
        if earlier.name != offence.name {
            earlier.name = state_of(earlier.name);
        }
        if offence.effect > earlier.effect {
            (earlier.effect, earlier.levels) = (offence.effect, offence.levels);
        }
    }
    merged
}

impl Offence<'_> {
    /// `writes the scalar Shop.count`
    pub(super) fn what(&self) -> String {
        let verb = match self.effect {
            Effect::Reads => "reads",
            Effect::AddsTo => "adds to",
            Effect::Writes => "writes",
        };
        let variable = format!("`{}.{}`", self.unit, self.name);
        match self.levels {
            (0, _) => format!("{verb} the scalar {variable}"),
            (levels, known) if known < levels => {
                format!("{verb} all of {variable}, because its key is not known before execution")
            }
            _ if !self.settled => format!("{verb} a cell of {variable} that state decides, not the call"),
            _ => format!("{verb} one cell of {variable}, the same in every call"),
        }
    }

    /// Where the value is used of a number that calls otherwise only add to, and where they add to it.
    pub(super) fn observed(&self) -> Option<(Span, Span)> {
        self.cause?.observed
    }

    /// Where something is added whose amount only execution tells.
    pub(super) fn amount(&self) -> Option<Span> {
        self.cause?.amount
    }

    /// That the entry is not what `@parallel` says, as an app binds its slots where they stand for interfaces.
    pub(super) fn error(&self, function: &Function, app: Option<&str>) -> Diagnostic {
        if let Some(deep) = self.cause.and_then(|cause| cause.deep) {
            let message = format!("a key of `{}` lies deeper than the analysis follows", self.name);
            let diagnostic = Diagnostic::error("E0403", self.at, message)
                .label("so every call may meet here")
                .also(deep, "this is the third cell on the way to one key")
                .help("pass one of the values on the way as a parameter, and `require` that it is the right one");
            return with_calls(diagnostic, self.cause);
        }
        let bound = app.map_or_else(String::new, |app| format!(", as app `{app}` binds it"));
        let message = format!("`{}` is `@parallel` but every call {}{bound}", function.name, self.what());
        let mut diagnostic = Diagnostic::error("E0401", self.at, message).label("every call meets here");
        diagnostic = match (self.observed(), self.amount()) {
            (Some((observed, _)), _) => diagnostic
                .also(observed, "its value is used here")
                .help("use its value nowhere: calls that only add run side by side"),
            (None, Some(_)) => diagnostic.help(
                "let the amount be known before the call runs, or bound it by adding a number of a smaller type with `as`",
            ),
            _ => diagnostic.help("key the state by `caller` or a parameter, or leave `@parallel` out"),
        };
        with_calls(diagnostic, self.cause)
    }
}

/// A finding with the calls that lead to its place as further places.
pub(super) fn with_calls(finding: Diagnostic, cause: Option<&Cause>) -> Diagnostic {
    let calls = cause.into_iter().flat_map(|cause| &cause.calls);
    calls.fold(finding, |finding, call| finding.also(*call, "called here"))
}
