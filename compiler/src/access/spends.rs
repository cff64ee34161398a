//! What a composition takes at most, as terms over its parameters.

use super::analyse::Analyser;
use mc_container::access::Spend;

impl Analyser<'_> {
    /// The bounds of `spends`; asked before anything runs, so that a parameter is what the caller has given.
    pub(super) fn spends(&mut self) -> Vec<Spend> {
        let body = self.body;
        let spend = |(asset, most): &(String, _)| {
            let most = self.expr(most)?.as_ref().clone();
            Some(Spend { asset: asset.clone(), most })
        };
        // A bound without a term is none: the composition may then take nothing of the asset.
        body.spends.iter().filter_map(spend).collect()
    }
}
