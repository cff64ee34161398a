//! `workload.toml` to a [`Workload`].

use super::{Each, Fill, Shape, Source, Table, Template, Workload};
use crate::failure::Complaint;
use crate::settings::{Document, Item, Section, kind, unsigned};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use toml::de::DeValue;

/// The words that make a value.
const WORDS: &[(&str, Source)] = &[
    ("account", Source::Account),
    ("hot-account", Source::HotAccount),
    ("zipf-account", Source::ZipfAccount),
    ("fresh", Source::Fresh),
    ("shared", Source::Shared),
    ("pooled", Source::Pooled),
    ("vars", Source::Vars),
    ("each", Source::Each),
    ("row", Source::Row),
];

/// Reads a workload.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn parse(path: &str, text: &str) -> Result<Workload, Complaint> {
    let document = Document { path, text };
    let root = document.parse()?;
    let known = ["block", "params", "table", "cell", "setup", "call"];
    let whole = Section::new(document, "", (root.get_ref(), root.span()), &known)?;
    let mut workload = Workload {
        path: path.to_owned(),
        shape: shape(&whole)?,
        params: params(&whole)?,
        tables: Vec::new(),
        cells: Vec::new(),
        setup: Vec::new(),
        calls: Vec::new(),
    };
    workload.tables = tables(&whole, &workload)?;
    for section in whole.sections("cell", &["of", "each", "keys", "value"])? {
        let fill = fill(&section, &workload)?;
        workload.cells.push(fill);
    }
    for section in whole.sections("setup", &["call", "each", "from", "args", "value"])? {
        let each = each(&section, &workload)?;
        let template = template(&section, &workload)?;
        workload.setup.push((each, template));
    }
    for section in whole.sections("call", &["call", "weight", "from", "args", "value"])? {
        let weight = weight(&section, &workload)?;
        let template = template(&section, &workload)?;
        if uses(&template, &Source::Each) {
            return Err(Complaint::new("`each` stands only in a `[[setup]]`").at(section.place()));
        }
        workload.calls.push((weight, template));
    }
    workload.check_weights()?;
    Ok(workload)
}

impl Workload {
    /// Checks that there is something to send.
    ///
    /// # Errors
    /// If no call has a weight.
    pub fn check_weights(&self) -> Result<(), Complaint> {
        if self.calls.iter().any(|(weight, _)| self.weight(weight) > 0) {
            return Ok(());
        }
        Err(Complaint::new("there is no `[[call]]` with a weight, so nothing to send").at(&self.path))
    }
}

fn weight(section: &Section<'_, '_>, workload: &Workload) -> Result<Source, Complaint> {
    let Some(item) = section.get("weight") else { return Ok(Source::Fixed(Json::from(1))) };
    match source(item, section, workload)? {
        weight @ Source::Param(_) => Ok(weight),
        Source::Fixed(number) if number.is_u64() => Ok(Source::Fixed(number)),
        _ => Err(Complaint::new("`weight` is a whole number from 0 on, or one of the params")
            .help("write `weight = 60`, or `weight = \"param.heavy\"`")
            .at(section.document.place(&item.span()))),
    }
}

fn fill(section: &Section<'_, '_>, workload: &Workload) -> Result<Fill, Complaint> {
    let of = section.text("of")?.ok_or_else(|| section.missing("of"))?.to_owned();
    let mut keys = Vec::new();
    if let Some(item) = section.get("keys") {
        let list = item.get_ref().as_array().ok_or_else(|| {
            Complaint::new("`keys` is a list, one value for each key of the variable")
                .at(section.document.place(&item.span()))
        })?;
        for key in list {
            keys.push(source(key, section, workload)?);
        }
    }
    let value = section.get("value").ok_or_else(|| section.missing("value"))?;
    let value = source(value, section, workload)?;
    Ok(Fill { line: section.line(), of, each: each(section, workload)?, keys, value })
}

fn shape(whole: &Section<'_, '_>) -> Result<Shape, Complaint> {
    let known = ["transactions", "accounts", "hot", "correlation", "vars", "group", "time"];
    let mut shape = Shape::default();
    let Some(section) = whole.section("block", &known)? else { return Ok(shape) };
    let size = |key: &str, default: usize| -> Result<usize, Complaint> {
        Ok(section.number(key)?.map_or(default, |number| usize::try_from(number).unwrap_or(usize::MAX)))
    };
    shape.transactions = size("transactions", shape.transactions)?;
    shape.group = size("group", shape.group)?;
    shape.accounts = section.number("accounts")?.unwrap_or(shape.accounts);
    shape.hot = section.number("hot")?.unwrap_or(shape.hot);
    shape.correlation = section.number("correlation")?.unwrap_or(shape.correlation);
    shape.vars = section.number("vars")?.unwrap_or(shape.vars);
    shape.time = section.number("time")?.unwrap_or(shape.time);
    shape.check().map_err(|complaint| complaint.at(section.place()))?;
    Ok(shape)
}

impl Shape {
    /// Checks what no block can have.
    ///
    /// # Errors
    /// The first number that is out of its range.
    pub fn check(&self) -> Result<(), Complaint> {
        let within = |name: &str, value: u64, least: u64, greatest: u64| {
            if (least..=greatest).contains(&value) {
                Ok(())
            } else {
                Err(Complaint::new(format!("`{name}` must be from {least} to {greatest}, not {value}")))
            }
        };
        let size = |size: usize| u64::try_from(size).unwrap_or(u64::MAX);
        within("transactions", size(self.transactions), 1, 1_000_000)?;
        within("accounts", self.accounts, 1, 10_000_000)?;
        within("hot", self.hot, 1, self.accounts)?;
        within("correlation", self.correlation, 0, 100)?;
        within("vars", self.vars, 1, 1_000)?;
        within("group", size(self.group), 2, 1_000_000)
    }
}

fn params(whole: &Section<'_, '_>) -> Result<BTreeMap<String, u64>, Complaint> {
    let mut params = BTreeMap::new();
    for (key, item) in whole.table("params")?.into_iter().flatten() {
        let number = unsigned(item.get_ref()).ok_or_else(|| {
            Complaint::new(format!("param `{}` must be a whole number from 0 on", key.get_ref()))
                .at(whole.document.place(&item.span()))
        })?;
        params.insert(key.get_ref().to_string(), number);
    }
    Ok(params)
}

fn tables(whole: &Section<'_, '_>, workload: &Workload) -> Result<Vec<Table>, Complaint> {
    let mut tables = Vec::new();
    for (name, item) in whole.table("table")?.into_iter().flatten() {
        let place = whole.document.place(&item.span());
        let Some(columns) = item.get_ref().as_table() else {
            return Err(Complaint::new(format!("write `[table.{}]`", name.get_ref())).at(place));
        };
        let rows = columns.get("rows").and_then(|rows| unsigned(rows.get_ref()));
        let Some(rows @ 1..) = rows else {
            let none = format!("table `{}` needs `rows = …`, a number from 1 on", name.get_ref());
            return Err(Complaint::new(none).at(place));
        };
        let mut table = Table { name: name.get_ref().to_string(), rows, columns: Vec::new() };
        for (column, value) in columns {
            if column.get_ref() != "rows" {
                let source = source(value, whole, workload)?;
                table.columns.push((column.get_ref().to_string(), source));
            }
        }
        tables.push(table);
    }
    Ok(tables)
}

fn each(section: &Section<'_, '_>, workload: &Workload) -> Result<Each, Complaint> {
    let Some(item) = section.get("each") else { return Ok(Each::Times(1)) };
    match (item.get_ref().as_str(), unsigned(item.get_ref())) {
        (Some("account"), _) => Ok(Each::Account),
        (Some(name), _) if workload.tables.iter().any(|table| table.name == name) => {
            Ok(Each::Row(name.to_owned()))
        }
        (_, Some(times)) => Ok(Each::Times(times)),
        (name, None) => {
            let known = workload.tables.iter().map(|table| table.name.as_str()).chain(["account"]);
            let each = Complaint::new("`each` is \"account\", the name of a table, or a number");
            Err(each.nearest(name.unwrap_or_default(), known).at(section.document.place(&item.span())))
        }
    }
}

fn template(section: &Section<'_, '_>, workload: &Workload) -> Result<Template, Complaint> {
    let call = section.text("call")?.ok_or_else(|| section.missing("call"))?.to_owned();
    let from = section.get("from").map_or(Ok(Source::Account), |item| source(item, section, workload))?;
    let mut args = Vec::new();
    for (name, item) in section.table("args")?.into_iter().flatten() {
        args.push((name.get_ref().to_string(), source(item, section, workload)?));
    }
    let value = section.get("value").map(|item| source(item, section, workload)).transpose()?;
    let template = Template { line: section.line(), call, from, args, value };
    if uses(&template, &Source::Row) {
        return Err(Complaint::new("`row` stands only in a table").at(section.place()));
    }
    for (name, source) in &template.args {
        if let Source::Argument(other) = source
            && !template
                .args
                .iter()
                .any(|(known, source)| known == other && !matches!(source, Source::Argument(_)))
        {
            let known = template.args.iter().map(|(known, _)| known.as_str()).filter(|known| known != name);
            return Err(Complaint::new(format!("`arg.{other}` names no other argument"))
                .nearest(other, known)
                .at(section.place()));
        }
    }
    Ok(template)
}

fn uses(template: &Template, wanted: &Source) -> bool {
    fn is(source: &Source, wanted: &Source) -> bool {
        let inside = match source {
            Source::Pick(options) => options.iter().any(|it| is(it, wanted)),
            Source::Several(of, count) => is(of, wanted) || is(count, wanted),
            _ => false,
        };
        source == wanted || inside
    }
    is(&template.from, wanted) || template.args.iter().any(|(_, source)| is(source, wanted))
}

fn source(item: Item<'_, '_>, section: &Section<'_, '_>, workload: &Workload) -> Result<Source, Complaint> {
    let place = || section.document.place(&item.span());
    match item.get_ref() {
        DeValue::Boolean(truth) => Ok(Source::Fixed(Json::Bool(*truth))),
        DeValue::Integer(integer) => {
            let number = i64::from_str_radix(integer.as_str(), integer.radix()).map(Json::from);
            Ok(Source::Fixed(number.unwrap_or_else(|_| Json::from(integer.as_str().to_owned()))))
        }
        DeValue::String(text) => word(text, workload).map_err(|complaint| complaint.at(place())),
        DeValue::Array(options) => {
            // In a list a text stands for itself, unless it is a word.
            let options: Result<Vec<Source>, Complaint> = options
                .iter()
                .map(|option| match option.get_ref() {
                    DeValue::String(text) if !is_word(text) => {
                        Ok(Source::Fixed(Json::from(text.to_string())))
                    }
                    _ => source(option, section, workload),
                })
                .collect();
            match options? {
                options if options.is_empty() => Err(Complaint::new("a list of nothing").at(place())),
                options => Ok(Source::Pick(options)),
            }
        }
        DeValue::Table(parts) => match (parts.get("of"), parts.get("count"), parts.len()) {
            (Some(of), Some(count), 2) => {
                let of = source(of, section, workload)?;
                Ok(Source::Several(Box::new(of), Box::new(source(count, section, workload)?)))
            }
            _ => Err(Complaint::new("a list of values is `{ of = …, count = … }`").at(place())),
        },
        other => Err(Complaint::new(format!("a value cannot be {}", kind(other)))
            .help("write a number, true, false, a text or a list")
            .at(place())),
    }
}

fn is_word(text: &str) -> bool {
    text.contains("..") || text.contains('.') || WORDS.iter().any(|(word, _)| *word == text)
}

fn word(text: &str, workload: &Workload) -> Result<Source, Complaint> {
    if let Some((_, source)) = WORDS.iter().find(|(word, _)| *word == text) {
        return Ok(source.clone());
    }
    if let Some((from, to)) = text.split_once("..") {
        return range(text, from, to);
    }
    if let Some((owner, name)) = text.split_once('.') {
        return column(owner, name, workload);
    }
    match mc_compiler::error::nearest(text, WORDS.iter().map(|(word, _)| *word)) {
        None => Ok(Source::Fixed(Json::from(text))),
        Some(near) => {
            Err(Complaint::new(format!("`{text}` is no word that makes a value; did you mean `{near}`?"))
                .help(format!("if it is meant to stand for itself, write [{text:?}]")))
        }
    }
}

fn range(text: &str, from: &str, to: &str) -> Result<Source, Complaint> {
    let misfit = || {
        Complaint::new(format!("`{text}` is no range of numbers"))
            .help("write \"1..100\" for 1 to 99, \"1..=100\" for 1 to 100")
    };
    let number = |text: &str| text.trim().replace('_', "").parse::<u64>().map_err(|_| misfit());
    let from = number(from)?;
    let to = match to.strip_prefix('=') {
        Some(last) => number(last)?.checked_add(1).ok_or_else(misfit)?,
        None => number(to)?,
    };
    if from < to {
        Ok(Source::Range(from, to))
    } else {
        Err(Complaint::new(format!("the range `{text}` is empty")))
    }
}

fn column(owner: &str, name: &str, workload: &Workload) -> Result<Source, Complaint> {
    if owner == "arg" {
        return Ok(Source::Argument(name.to_owned()));
    }
    if owner == "param" {
        let known = workload.params.keys().map(String::as_str);
        return match workload.params.contains_key(name) {
            true => Ok(Source::Param(name.to_owned())),
            false => Err(Complaint::new(format!("`[params]` has no `{name}`")).nearest(name, known)),
        };
    }
    let Some(table) = workload.tables.iter().find(|table| table.name == owner) else {
        let known = workload.tables.iter().map(|table| table.name.as_str()).chain(["arg", "param"]);
        return Err(Complaint::new(format!("there is no table `{owner}`")).nearest(owner, known));
    };
    if !table.columns.iter().any(|(column, _)| column == name) {
        let known = table.columns.iter().map(|(column, _)| column.as_str());
        return Err(Complaint::new(format!("table `{owner}` has no column `{name}`")).nearest(name, known));
    }
    Ok(Source::Column(owner.to_owned(), name.to_owned()))
}
