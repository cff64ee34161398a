//! A contract whose entries do as little as can be done to so many cells, for figures.

use super::*;
use mc_container::value::Scalar::{Address as A, U64};

/// Adds one to each of the cells that the arguments name.
fn touch(layout: &Layout, cells: usize) -> String {
    let one = |cell: usize| {
        let slot = format!("(i32.load (i32.const {}))", layout.table_entry(cell));
        format!("(call $store {slot} (i64.add (i64.load {slot}) (i64.const 1)))")
    };
    let all: String = (0..cells).map(one).collect();
    format!("{all} (i32.const 0)")
}

/// A contract with an entry for each of these numbers of cells: `touch1` and so on.
pub fn touching(entries: &[usize]) -> Arc<Package> {
    let mut builder =
        Builder::new("Touching", ContainerKind::Contract).variable("cells", &[A], U64, Value::ZERO);
    for cells in entries.iter().copied() {
        let accesses = (0..cells as u16).map(|cell| access(0, &[param(cell)], Mode::Write)).collect();
        let params = vec![A; cells];
        builder = builder
            .entry(&format!("touch{cells}"), (&params, &[]), own(accesses), move |it| touch(it, cells));
    }
    builder.build()
}

/// A composition whose entry of the same name takes so many steps, each of which touches the cells that the arguments
/// name.
pub fn steps_touching(count: usize, cells: usize) -> Arc<Package> {
    let (entry, params) = (format!("touch{cells}"), vec![A; cells]);
    let args: Vec<Option<Term>> = (0..cells as u16).map(|number| Some(param(number))).collect();
    let calls: Vec<_> = (0..count).map(|_| (0, entry.as_str(), args.as_slice())).collect();
    let copy = |limb: u32| {
        let (to, from) = (frame::EXCHANGE + limb * frame::LIMB, ARGS + limb * frame::LIMB);
        format!("(call $store (i32.const {to}) (i64.load (i32.const {from})))")
    };
    let copies: String = (0..(A.limbs() * cells) as u32).map(copy).collect();
    let step = |step| format!("{copies} (if (call $step (i32.const {step})) (then (return (i32.const 5))))");
    let text: String = (0..count).map(step).collect();
    Builder::new("Steps", ContainerKind::Composition)
        .slot("touching", &[(&entry, &params, &[])])
        .entry(&entry, (&params, &[]), steps(&calls), move |_| format!("{text} (i32.const 0)"))
        .build()
}
