//! The steps of a linked entry: where each leads, and what it was linked with.

use crate::assets::Part;
use mc_container::access::{Op, Term};

/// A step of a composition, or of one that is a step itself.
#[derive(Debug)]
pub(crate) struct LinkedStep {
    /// The slot of the composition that takes it, and the entry of what that is bound to.
    pub(crate) slot: usize,
    pub(crate) entry: usize,
    pub(crate) accesses_start: usize,
    pub(crate) declared: Declared,
    /// The numbers of the steps that it takes itself.
    pub(crate) steps: Vec<u16>,
    /// What the composition that takes it passes and gets, by that composition's own names for assets.
    pub(crate) takes: Vec<Part>,
    pub(crate) gives: Vec<Part>,
}

/// What the arguments of a step are, by their numbers, and when it is taken, as far as that was known when the accesses
/// were linked: over the parameters of the called entry.
#[derive(Debug)]
pub(crate) struct Declared {
    /// Those that a parameter is passed on as.
    pub(crate) params: Vec<(usize, u16)>,
    /// Those that a term says otherwise.
    pub(crate) terms: Vec<(usize, Term)>,
    pub(crate) when: Option<Term>,
}

impl Declared {
    pub(super) fn new(args: Vec<Option<Term>>, when: Option<Term>) -> Self {
        let (mut params, mut terms) = (Vec::new(), Vec::new());
        for (number, term) in args.into_iter().enumerate() {
            let Some(term) = term else { continue };
            if let [Op::Param(param)] = term.0.as_slice() {
                params.push((number, *param));
            } else {
                terms.push((number, term));
            }
        }
        Self { params, terms, when }
    }
}
