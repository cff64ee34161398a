//! TOML files with their places: a key nobody knows is pointed at, with the nearest one that is known.

use crate::failure::Complaint;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// A TOML file and where it is.
#[derive(Clone, Copy)]
pub struct Document<'t> {
    /// Its path, as it is shown.
    pub path: &'t str,
    /// Its text.
    pub text: &'t str,
}

impl<'t> Document<'t> {
    /// Reads the whole file.
    ///
    /// # Errors
    /// Where it is not TOML.
    pub fn parse(self) -> Result<Spanned<DeTable<'t>>, Complaint> {
        DeTable::parse(self.text).map_err(|error| {
            let complaint = Complaint::new(error.message().replace('\n', ", "));
            match error.span() {
                Some(span) => complaint.at(self.place(&span)),
                None => complaint.at(self.path),
            }
        })
    }

    /// `file:line` of a place in it.
    #[must_use]
    pub fn place(self, span: &Range<usize>) -> String {
        format!("{}:{}", self.path, self.line(span))
    }

    /// The line of a place in it.
    #[must_use]
    pub fn line(self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).map_or(0, |before| before.matches('\n').count()) + 1
    }
}

/// A value and where it stands.
pub type Item<'s, 't> = &'s Spanned<DeValue<'t>>;

/// A table of a document, all of whose keys are known.
#[derive(Clone)]
pub struct Section<'s, 't> {
    /// Where it stands.
    pub document: Document<'t>,
    name: &'s str,
    table: &'s DeTable<'t>,
    span: Range<usize>,
}

impl<'s, 't> Section<'s, 't> {
    /// The table `name`, which may have the `known` keys only.
    ///
    /// # Errors
    /// For the first key that is not known.
    pub fn new(
        document: Document<'t>,
        name: &'s str,
        (table, span): (&'s DeTable<'t>, Range<usize>),
        known: &[&str],
    ) -> Result<Self, Complaint> {
        for key in table.keys() {
            if !known.contains(&key.get_ref().as_ref()) {
                let within = if name.is_empty() { String::new() } else { format!(" in `{name}`") };
                return Err(Complaint::new(format!("unknown key `{}`{within}", key.get_ref()))
                    .nearest(key.get_ref(), known.iter().copied())
                    .at(document.place(&key.span())));
            }
        }
        Ok(Self { document, name, table, span })
    }

    /// The table as it is.
    #[must_use]
    pub fn entries(&self) -> &'s DeTable<'t> {
        self.table
    }

    /// `file:line` of the whole.
    #[must_use]
    pub fn place(&self) -> String {
        self.document.place(&self.span)
    }

    /// The line of the whole.
    #[must_use]
    pub fn line(&self) -> usize {
        self.document.line(&self.span)
    }

    /// The value under `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Item<'s, 't>> {
        self.table.get(key)
    }

    /// The text under `key`.
    ///
    /// # Errors
    /// If it is something else.
    pub fn text(&self, key: &str) -> Result<Option<&'s str>, Complaint> {
        self.typed(key, "a text in quotes", |value| value.as_str())
    }

    /// The whole number under `key`, from 0 on.
    ///
    /// # Errors
    /// If it is something else.
    pub fn number(&self, key: &str) -> Result<Option<u64>, Complaint> {
        self.typed(key, "a whole number from 0 on", unsigned)
    }

    /// The table under `key`, which may have the `known` keys only.
    ///
    /// # Errors
    /// If it is something else, or has other keys.
    pub fn section(&self, key: &'s str, known: &[&str]) -> Result<Option<Self>, Complaint> {
        let Some(item) = self.get(key) else { return Ok(None) };
        let table = self.typed(key, "a table", |value| value.as_table())?;
        table.map(|table| Self::new(self.document, key, (table, item.span()), known)).transpose()
    }

    /// The tables under `key`, each of which may have the `known` keys only.
    ///
    /// # Errors
    /// If it is something else, or has other keys.
    pub fn sections(&self, key: &'s str, known: &[&str]) -> Result<Vec<Self>, Complaint> {
        let list: Option<&DeArray<'t>> =
            self.typed(key, "a list of tables: write `[[…]]`", |value| value.as_array())?;
        list.into_iter()
            .flat_map(|list| list.iter())
            .map(|item| match item.get_ref().as_table() {
                Some(table) => Self::new(self.document, key, (table, item.span()), known),
                None => Err(self.expected(key, "a list of tables: write `[[…]]`", item)),
            })
            .collect()
    }

    /// The table under `key`, whatever its keys.
    ///
    /// # Errors
    /// If it is something else.
    pub fn table(&self, key: &str) -> Result<Option<&'s DeTable<'t>>, Complaint> {
        self.typed(key, "a table", |value| value.as_table())
    }

    fn typed<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'s DeValue<'t>) -> Option<T>,
    ) -> Result<Option<T>, Complaint> {
        let Some(item) = self.get(key) else { return Ok(None) };
        read(item.get_ref()).map(Some).ok_or_else(|| self.expected(key, expected, item))
    }

    fn expected(&self, key: &str, expected: &str, item: Item<'_, '_>) -> Complaint {
        let name = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        Complaint::new(format!("`{name}` must be {expected}, but is {}", kind(item.get_ref())))
            .at(self.document.place(&item.span()))
    }

    /// What is missing here.
    #[must_use]
    pub fn missing(&self, key: &str) -> Complaint {
        Complaint::new(format!("`{}` needs `{key} = \"…\"`", self.name)).at(self.place())
    }
}

/// What a value is, in words.
#[must_use]
pub fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "a truth",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The whole number from 0 on that a value is.
#[must_use]
pub fn unsigned(value: &DeValue<'_>) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}
