//! Names, paths and types.

use super::doc::{Doc, concat, nothing};
use super::printer::Printer;
use crate::ast::{GenericParam, Path, Type, TypeArg, TypeKind};

impl<'a> Printer<'a> {
    pub(super) fn path(&mut self, path: &Path) -> Doc<'a> {
        let mut docs = vec![self.any()];
        for _ in path.segments.iter().skip(1) {
            docs.extend([self.word("."), self.any()]);
        }
        concat(docs)
    }

    pub(super) fn ty(&mut self, ty: &Type) -> Doc<'a> {
        // Parentheses round a single type are not in the tree.
        if self.start() < ty.span.start as usize {
            return self.parens(&[ty], |printer, ty| printer.ty(ty));
        }
        match &ty.kind {
            TypeKind::Named { path, args } => concat([self.path(path), self.angles(args, Self::type_arg)]),
            TypeKind::Tuple(parts) => self.parens(parts, Self::ty),
            TypeKind::Option(inner) => {
                let grouped = self.start() < inner.span.start as usize;
                // `??` would be one token.
                let doubled = matches!(inner.kind, TypeKind::Option(_)) && !grouped;
                concat([self.ty(inner), if doubled { Doc::Space } else { nothing() }, self.word("?")])
            }
        }
    }

    pub(super) fn type_arg(&mut self, arg: &TypeArg) -> Doc<'a> {
        match arg {
            TypeArg::Type(ty) => self.ty(ty),
            TypeArg::Length(..) => self.any(),
        }
    }

    pub(super) fn generic(&mut self, param: &GenericParam) -> Doc<'a> {
        let name = self.any();
        if !param.is_asset {
            return name;
        }
        concat([name, self.word(":"), Doc::Space, self.word("asset")])
    }
}
