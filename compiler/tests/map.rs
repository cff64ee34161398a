//! The source map: every instruction of an entry comes from the statement that asks for it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

use mc_compiler::load::Loader;
use mc_container::frame;
use std::collections::BTreeMap;
use wasmparser::{Operator, Parser, Payload, TypeRef};

const SOURCE: &str = "\
contract Bell {
    state rung: map<address, u64> = 0;
    event Rung(times: u64);
    event Loud(times: u64);

    fn ring(times: u64) -> u64 {
        emit Rung(times: times);
        return times * 3;
    }

    entry once(times: u64) {
        let all = ring(times) + 1;
        if all > 7 {
            emit Loud(times: all);
        }
        for i in 0..4 {
            emit Rung(times: i);
        }
        rung[caller] = all;
    }

    view twice() -> u64 {
        return rung[caller] + ring(2);
    }
}
";

struct Text;

impl Loader for Text {
    fn load(&self, _path: &str) -> Result<String, String> {
        Ok(SOURCE.to_owned())
    }
}

/// The offsets at which the code of a module calls the import with this name.
fn calls(module: &[u8], import: &str) -> Vec<u32> {
    let (mut number, mut found) = (None, Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.unwrap() {
            Payload::ImportSection(section) => {
                let imports = section.into_imports().map(Result::unwrap);
                let functions = imports.filter(|import| matches!(import.ty, TypeRef::Func(_)));
                number = functions.map(|import| import.name).position(|name| name == import);
            }
            Payload::CodeSectionEntry(body) => {
                let mut operators = body.get_operators_reader().unwrap();
                while !operators.eof() {
                    let (operator, offset) = operators.read_with_offset().unwrap();
                    if matches!(operator, Operator::Call { function_index } if Some(function_index as usize) == number)
                    {
                        found.push(u32::try_from(offset).unwrap());
                    }
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn an_event_comes_from_its_emit() {
    let output = mc_compiler::compile(&["main.mc".to_owned()], &Text).unwrap();
    let compiled = output.compiled.unwrap();
    let container = &compiled.containers[0];
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for offset in calls(container.package.module(), frame::IMPORT_EMIT) {
        let site = container.map.find(offset).unwrap();
        let text = output.sources.text(site.span).lines().next().unwrap();
        let called: Vec<&str> = site.calls.iter().map(|span| output.sources.text(*span)).collect();
        *places.entry(text).or_default() += 1;
        assert_eq!(called.len(), usize::from(text.contains("times: times")), "{text}: {called:?}");
        assert!(called.iter().all(|call| call.starts_with("ring(")), "{called:?}");
    }
    let expected =
        [("emit Loud(times: all);", 1), ("emit Rung(times: i);", 1), ("emit Rung(times: times);", 2)];
    assert_eq!(places, BTreeMap::from(expected));
}

#[test]
fn ranges_cover_the_entries_and_nothing_else() {
    let output = mc_compiler::compile(&["main.mc".to_owned()], &Text).unwrap();
    let container = &output.compiled.unwrap().containers[0];
    let ranges = &container.map.ranges;
    assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start && pair[0].start < pair[0].end));
    for range in ranges {
        assert_eq!(container.map.find(range.start), container.map.site(range));
        assert_eq!(container.map.find(range.end - 1), container.map.site(range));
    }
    assert_eq!(container.map.find(0), None);
    assert_eq!(container.map.find(u32::try_from(container.package.module().len()).unwrap()), None);
    let entries: Vec<u32> = ranges.iter().map(|range| range.entry).collect();
    assert_eq!(entries.iter().max(), Some(&1));
}
