//! Why a command ends without its result, and which exit code that is.

use std::fmt;
use std::io;

/// Why a command has no result, or none to be proud of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Something was found, and has been reported: exit code 1.
    Findings,
    /// The command could not do its job: exit code 2.
    Unable(Vec<Complaint>),
}

/// What is wrong, and how to mend it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    /// Where, as `file` or `file:line`; empty where it is the command line itself.
    pub place: String,
    /// What, in lower case and without a period.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

impl Failure {
    /// The command could not do its job.
    pub fn unable(message: impl Into<String>) -> Self {
        Complaint::new(message).into()
    }

    /// The process' exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Findings => 1,
            Self::Unable(_) => 2,
        }
    }
}

impl From<Complaint> for Failure {
    fn from(complaint: Complaint) -> Self {
        Self::Unable(vec![complaint])
    }
}

impl Complaint {
    /// Something is wrong.
    pub fn new(message: impl Into<String>) -> Self {
        Self { place: String::new(), message: message.into(), help: None }
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Suggests the nearest of the known names, or lists them if none is near and they are few.
    #[must_use]
    pub fn nearest<'n>(self, name: &str, known: impl IntoIterator<Item = &'n str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        match mc_compiler::error::nearest(name, known.iter().copied()) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None if (1..=12).contains(&known.len()) => self.help(format!("known: {}", known.join(", "))),
            None => self,
        }
    }

    /// Says where, unless that is said already.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        if self.place.is_empty() {
            self.place = place.to_string();
        }
        self
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.message)
    }
}

/// Why the system refused, in our own words where we have some.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "it is not a directory".to_owned(),
        io::ErrorKind::StorageFull => "no space left".to_owned(),
        _ => error.to_string(),
    }
}
