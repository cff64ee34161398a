//! An entry as it is asked for.

use mc_syntax::token::{Class, FIXED};

/// `Token.withdraw`, `gold:Token.withdraw` or `safe:Vault<gold.Unit>.put`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The slot, where it is named.
    pub slot: Option<String>,
    /// The contract, or a slot named before.
    pub of: String,
    /// The assets that the contract's generic parameters stand for, where they are said.
    pub assets: Vec<String>,
    /// The entry.
    pub entry: String,
}

impl Choice {
    /// Reads a choice; `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (head, entry) = text.rsplit_once('.')?;
        let (slot, of) = match head.split_once(':') {
            Some((slot, of)) => (Some(slot), of),
            None => (None, head),
        };
        let (of, assets) = match of.strip_suffix('>') {
            Some(generic) => generic.split_once('<')?,
            None => (of, ""),
        };
        let assets: Vec<String> = match assets.trim() {
            "" => Vec::new(),
            list => list.split(',').map(|asset| asset.trim().to_owned()).collect(),
        };
        let names = slot.into_iter().chain([of, entry]).chain(assets.iter().flat_map(|it| it.split('.')));
        let choice = Self {
            slot: slot.map(ToOwned::to_owned),
            of: of.to_owned(),
            assets: assets.clone(),
            entry: entry.to_owned(),
        };
        names.into_iter().all(is_word).then_some(choice)
    }
}

/// True for what could be a name.
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// True for a word that nothing can be called.
pub(super) fn is_reserved(word: &str) -> bool {
    FIXED
        .iter()
        .any(|(spelling, class)| *spelling == word && matches!(class, Class::Keyword | Class::Constant))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_choice_is_an_entry_of_something() {
        let plain = Choice::parse("Token.withdraw").unwrap();
        assert_eq!((plain.slot, plain.of.as_str(), plain.entry.as_str()), (None, "Token", "withdraw"));
        let whole = Choice::parse("market:Amm<gold.Unit, coin>.swap").unwrap();
        assert_eq!(whole.slot.as_deref(), Some("market"));
        assert_eq!(
            (whole.of.as_str(), whole.assets),
            ("Amm", vec!["gold.Unit".to_owned(), "coin".to_owned()])
        );
        for wrong in ["Token", "Token.", ".f", "a:.f", ":A.f", "A<b.f", "A.f()", "a b.c", "a:b:C.f", "1.2"] {
            assert_eq!(Choice::parse(wrong), None, "{wrong}");
        }
    }
}
