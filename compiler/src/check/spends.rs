//! `spends gold.Unit <= limit`: of compositions, and of what interfaces declare.

use super::body::Body;
use super::types::Reader;
use crate::error;
use crate::tree::{Function, Spend};
use mc_container::ty::Type;
use mc_container::value::Scalar;
use mc_syntax::ast::{self, Clause, TypeKind};
use mc_syntax::diagnostic::Diagnostic;
use mc_syntax::source::Span;

impl Body<'_> {
    /// The bounds that the clauses of a signature declare.
    pub(crate) fn spends(&mut self, clauses: &[Clause], function: &Function) -> Vec<Spend> {
        let mut spends: Vec<Spend> = Vec::new();
        for clause in clauses {
            let Clause::Spends(declared, _) = clause else { continue };
            for spend in declared {
                let Some(read) = self.spend(spend, function) else { continue };
                match spends.iter().find(|earlier| earlier.asset == read.asset) {
                    Some(earlier) => self.report(error::twice(&read.asset, read.span, earlier.span)),
                    None => spends.push(read),
                }
            }
        }
        spends
    }

    fn spend(&mut self, spend: &ast::Spend, function: &Function) -> Option<Spend> {
        let path = spend.asset.clone();
        let span = Span { end: spend.bound.span.end, ..path.span };
        let ty = ast::Type { span: path.span, kind: TypeKind::Named { path, args: Vec::new() } };
        let asset = self.asset_of(&ty);
        let most = self.expect(&spend.bound, &Scalar::U128.into());
        let (asset, most) = (asset?, most?);
        if function.bound_term(&most).is_none() {
            self.report(
                Diagnostic::error("E0208", most.span, "a bound is made of parameters and constants")
                    .label("only execution knows this")
                    .help(
                        "take the limit as a parameter: a wallet shows the bound before the call is signed",
                    ),
            );
            return None;
        }
        Some(Spend { asset, most, span })
    }

    fn asset_of(&mut self, ty: &ast::Type) -> Option<String> {
        let (types, constants) = (self.scope.types, &self.scope.constants);
        let mut mistakes = Vec::new();
        let read = Reader::new(types, constants, &mut mistakes).read(ty);
        mistakes.into_iter().for_each(|mistake| self.report(mistake));
        match read? {
            Type::Asset(name) => Some(name),
            Type::Struct(it) if it.asset.is_some() => it.asset,
            other => {
                self.report(
                    Diagnostic::error("E0202", ty.span, format!("`{other}` is no asset"))
                        .label("nothing of it can be spent")
                        .help("name an asset, such as `coin` or `gold.Unit`"),
                );
                None
            }
        }
    }
}
