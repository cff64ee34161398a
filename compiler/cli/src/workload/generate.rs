//! A [`Workload`] to drafts of blocks: the set-up, then the block itself.

use super::{Each, Shape, Source, Template, Workload};
use crate::blockfile::{Draft, DraftCall};
use crate::directory::{Directory, Target};
use crate::failure::Complaint;
use crate::typed::argument_params;
use mc_container::manifest::Param;
use mc_container::ty::Type;
use mc_container::value::Scalar;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// The drafts of a workload's blocks for one app.
///
/// # Errors
/// Every call or argument of the workload that the app does not have, with its line.
pub fn generate(
    workload: &Workload,
    directory: &Directory<'_>,
    seed: u64,
) -> Result<Vec<Draft>, Vec<Complaint>> {
    check(workload, directory)?;
    let mut generator = Generator::new(workload, directory, seed).map_err(|complaint| vec![complaint])?;
    let draft = |time: u64, calls: Vec<DraftCall>| Draft {
        line: 1,
        app: directory.app.to_owned(),
        chain: directory.chain.to_owned(),
        time,
        coins: Vec::new(),
        calls,
    };
    let time = workload.shape.time;
    let setup = generator.setup().map_err(|complaint| vec![complaint])?;
    let block = generator.block().map_err(|complaint| vec![complaint])?;
    let mut drafts = Vec::new();
    if !setup.is_empty() {
        drafts.push(draft(time, setup));
    }
    drafts.push(draft(time.saturating_add(1), block));
    Ok(drafts)
}

/// Every template once, so that a mistake shows whatever the seed.
fn check(workload: &Workload, directory: &Directory<'_>) -> Result<(), Vec<Complaint>> {
    let mut wrong = Vec::new();
    let templates = workload.setup.iter().map(|(_, it)| it).chain(workload.calls.iter().map(|(_, it)| it));
    for template in templates {
        let place = format!("{}:{}", workload.path, template.line);
        match directory.call(&template.call) {
            Err(complaint) => wrong.push(complaint.at(&place)),
            Ok(target) => wrong.extend(check_names(template, &target).into_iter().map(|it| it.at(&place))),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn check_names(template: &Template, target: &Target<'_>) -> Vec<Complaint> {
    let params: Vec<&Param> = argument_params(target.entry).collect();
    let unknown = template.args.iter().filter(|(name, _)| !params.iter().any(|param| param.name == *name));
    let unknown = unknown.map(|(name, _)| {
        Complaint::new(format!("`{}` has no parameter `{name}`", template.call))
            .nearest(name, params.iter().map(|param| param.name.as_str()))
    });
    let missing = params.iter().filter(|param| !template.args.iter().any(|(name, _)| *name == param.name));
    let missing = missing.map(|param| {
        Complaint::new(format!(
            "`{}` needs an argument `{}` of type `{}`",
            template.call, param.name, param.ty
        ))
    });
    unknown.chain(missing).collect()
}

/// The group of each transaction: equal for those that share their variables, as many as the correlation says.
fn groups(shape: &Shape, rng: &mut StdRng) -> Vec<u64> {
    let correlated = (shape.transactions as u64 * shape.correlation + 50) / 100;
    // One transaction alone shares with nobody.
    let correlated = if correlated < 2 { 0 } else { correlated };
    let size = (shape.group as u64).max(2);
    let full = (correlated / size).max(1);
    // What is left over would be a group of one at worst: it joins the last full group.
    let last = if correlated % size == 1 { full - 1 } else { correlated.saturating_sub(1) / size };
    let mut groups: Vec<u64> = (0..correlated).map(|number| (number / size).min(last)).collect();
    let own = groups.last().map_or(0, |last| last + 1);
    groups.extend((own..).take(shape.transactions.saturating_sub(groups.len())));
    groups.shuffle(rng);
    groups
}

/// How many numbers there are to draw from, so that `correlation` percent of the transactions meet another if
/// each draws `vars`; `None` if nobody may meet.
///
/// A transaction meets nobody if no number of its `v` is among the others' `v (n - 1)`, which is so with
/// probability `exp(-v² (n - 1) / pool)`. All of them together never meet nobody, but half of a transaction may.
fn pool(shape: &Shape) -> Option<u64> {
    let transactions = shape.transactions.max(2) as f64;
    let alone = match shape.correlation {
        0 => return None,
        100 => 0.5 / transactions,
        percent => 1.0 - percent as f64 / 100.0,
    };
    let vars = shape.vars as f64;
    let pool = vars * vars * (transactions - 1.0) / -alone.ln();
    Some((pool.round() as u64).max(1))
}

/// What one call is generated with.
#[derive(Clone, Copy)]
pub(super) struct Turn<'t> {
    /// The account or number of this turn of a set-up.
    pub(super) each: Option<&'t Json>,
    /// The row of the table that a set-up goes through.
    pub(super) row: Option<(&'t str, u64)>,
    /// What the transaction shares.
    pub(super) group: u64,
}

/// Makes values, one after the other.
pub(super) struct Generator<'g> {
    workload: &'g Workload,
    directory: &'g Directory<'g>,
    rng: StdRng,
    fresh: u64,
    pool: Option<u64>,
    /// The weights of the accounts up to each of them, where somebody asks for [`Source::ZipfAccount`].
    zipf: Vec<u64>,
    /// The values of each column of each table.
    columns: BTreeMap<(&'g str, &'g str), Vec<Json>>,
}

impl<'g> Generator<'g> {
    /// A generator whose tables are filled.
    pub(super) fn new(
        workload: &'g Workload,
        directory: &'g Directory<'g>,
        seed: u64,
    ) -> Result<Self, Complaint> {
        let rng = StdRng::seed_from_u64(seed);
        let pool = pool(&workload.shape);
        let mut generator =
            Self { workload, directory, rng, fresh: 0, pool, zipf: Vec::new(), columns: BTreeMap::new() };
        generator.fill_tables()?;
        Ok(generator)
    }

    fn fill_tables(&mut self) -> Result<(), Complaint> {
        for table in &self.workload.tables {
            for (name, source) in &table.columns {
                let mut values = Vec::new();
                for row in 0..table.rows {
                    let number = Json::from(row);
                    let turn = Turn { each: Some(&number), row: Some((&table.name, row)), group: row };
                    // A column is written for whatever parameter it is passed to; words of accounts give names.
                    values.push(self.value(
                        source,
                        Scalar::U64,
                        &turn,
                        &BTreeMap::new(),
                        &mut BTreeMap::new(),
                    )?);
                }
                self.columns.insert((&table.name, name), values);
            }
        }
        Ok(())
    }

    fn setup(&mut self) -> Result<Vec<DraftCall>, Complaint> {
        let mut calls = Vec::new();
        for (each, template) in &self.workload.setup {
            for turn in 0..self.workload.times(each) {
                let value = match each {
                    Each::Account => Json::from(account(turn)),
                    _ => Json::from(turn),
                };
                let row = if let Each::Row(name) = each { Some((name.as_str(), turn)) } else { None };
                calls.push(self.call(template, &Turn { each: Some(&value), row, group: turn })?);
            }
        }
        Ok(calls)
    }

    fn block(&mut self) -> Result<Vec<DraftCall>, Complaint> {
        let workload = self.workload;
        let weights = workload.calls.iter().map(|(weight, template)| (workload.weight(weight), template));
        let weights: Vec<(u64, &Template)> = weights.collect();
        let total: u64 = weights.iter().map(|(weight, _)| *weight).sum();
        let mut calls = Vec::with_capacity(workload.shape.transactions);
        for group in groups(&workload.shape, &mut self.rng) {
            let mut at = self.rng.random_range(0..total.max(1));
            let chosen = weights.iter().find(|(weight, _)| {
                let here = at < *weight;
                at = at.saturating_sub(*weight);
                here
            });
            let Some((_, template)) = chosen else { continue };
            calls.push(self.call(template, &Turn { each: None, row: None, group })?);
        }
        Ok(calls)
    }

    fn call(&mut self, template: &Template, turn: &Turn<'_>) -> Result<DraftCall, Complaint> {
        let place =
            |complaint: Complaint| complaint.at(format_args!("{}:{}", self.workload.path, template.line));
        let target = self.directory.call(&template.call).map_err(place)?;
        let mut rows = BTreeMap::new();
        let mut known = BTreeMap::new();
        let from = self.value(&template.from, Scalar::Address, turn, &known, &mut rows)?;
        let (plain, referring): (Vec<_>, Vec<_>) =
            template.args.iter().partition(|(_, source)| !matches!(source, Source::Argument(_)));
        for (name, source) in plain.into_iter().chain(referring) {
            let param = target.entry.params.iter().find(|param| param.name == *name);
            // A value that is neither a scalar nor a list of them is written out in the workload, and only passed on.
            let ty = param.and_then(|param| match &param.ty {
                Type::List(element, _) => element.scalar(),
                ty => ty.scalar(),
            });
            let ty = ty.unwrap_or(Scalar::U64);
            let value = self.value(source, ty, turn, &known, &mut rows)?;
            known.insert(name.as_str(), value);
        }
        let in_order = target.entry.params.iter().filter_map(|param| {
            known.get(param.name.as_str()).map(|value| (param.name.clone(), value.clone()))
        });
        let from = from.as_str().map_or_else(|| from.to_string(), ToOwned::to_owned);
        let value = match &template.value {
            Some(source) => self.value(source, Scalar::U64, turn, &known, &mut rows)?,
            None => Json::from(0),
        };
        let whole = || Complaint::new(format!("`value` must be a whole number from 0 on, not {value}"));
        let value = value.as_u64().ok_or_else(|| place(whole()))?;
        Ok(DraftCall {
            line: template.line,
            from,
            call: template.call.clone(),
            args: in_order.collect(),
            value,
            code: None,
        })
    }

    /// One value; `rows` remembers which row of each table this transaction uses.
    pub(super) fn value(
        &mut self,
        source: &Source,
        ty: Scalar,
        turn: &Turn<'_>,
        known: &BTreeMap<&str, Json>,
        rows: &mut BTreeMap<String, u64>,
    ) -> Result<Json, Complaint> {
        let shape = self.workload.shape;
        Ok(match source {
            Source::Fixed(json) => json.clone(),
            Source::Range(from, to) => Json::from(self.rng.random_range(*from..*to)),
            Source::Account => Json::from(account(self.rng.random_range(0..shape.accounts))),
            Source::HotAccount => Json::from(account(self.rng.random_range(0..shape.hot))),
            Source::ZipfAccount => Json::from(account(self.zipf())),
            Source::Pooled => {
                self.fresh += 1;
                // Where nobody may meet, every number is another one.
                Json::from(self.pool.map_or(self.fresh, |pool| self.rng.random_range(0..pool)))
            }
            Source::Vars => Json::from(shape.vars),
            Source::Each | Source::Row => turn.each.cloned().unwrap_or_default(),
            Source::Fresh => {
                self.fresh += 1;
                self.named(self.fresh, "fresh", ty)
            }
            Source::Shared if ty == Scalar::Address => {
                if turn.group >= shape.accounts {
                    let few = format!("`shared` needs more than the {} accounts there are", shape.accounts);
                    return Err(Complaint::new(few)
                        .help("raise `accounts` in `[block]`")
                        .at(&self.workload.path));
                }
                Json::from(account(turn.group))
            }
            Source::Shared if ty.is_number() => Json::from(turn.group.saturating_mul(shape.vars)),
            Source::Shared => self.named(turn.group, "shared", ty),
            Source::Param(name) => Json::from(self.workload.params.get(name).copied().unwrap_or_default()),
            Source::Argument(name) => known.get(name.as_str()).cloned().unwrap_or_default(),
            Source::Pick(options) => match options.choose(&mut self.rng).cloned() {
                Some(option) => self.value(&option, ty, turn, known, rows)?,
                None => Json::Null,
            },
            Source::Several(of, count) => {
                let count = self.value(count, Scalar::U64, turn, known, rows)?.as_u64().unwrap_or_default();
                let several = (0..count).map(|_| self.value(of, ty, turn, known, rows));
                Json::from(several.collect::<Result<Vec<Json>, Complaint>>()?)
            }
            Source::Column(table, column) => self.cell(table, column, turn, rows),
        })
    }

    /// The number of an account, account `n` with a weight of `1 / (n + 1)`.
    ///
    /// The weights are whole numbers, so that every machine draws the same.
    fn zipf(&mut self) -> u64 {
        const FIRST: u64 = 1 << 40;
        if self.zipf.is_empty() {
            let mut sum = 0;
            self.zipf.extend((1..=self.workload.shape.accounts).map(|number| {
                sum += FIRST / number;
                sum
            }));
        }
        let total = self.zipf.last().copied().unwrap_or(1);
        let at = self.rng.random_range(0..total);
        self.zipf.partition_point(|sum| *sum <= at) as u64
    }

    fn cell(&mut self, table: &str, column: &str, turn: &Turn<'_>, rows: &mut BTreeMap<String, u64>) -> Json {
        let row = match turn.row {
            Some((name, row)) if name == table => row,
            _ => match rows.get(table) {
                Some(row) => *row,
                None => {
                    let count = self.workload.times(&Each::Row(table.to_owned()));
                    let row = self.rng.random_range(0..count.max(1));
                    rows.insert(table.to_owned(), row);
                    row
                }
            },
        };
        let values = self.columns.get(&(table, column));
        values.and_then(|values| values.get(usize::try_from(row).ok()?)).cloned().unwrap_or_default()
    }

    /// A name that only `number` has: itself, an account, or a digest.
    fn named(&self, number: u64, purpose: &str, ty: Scalar) -> Json {
        match ty {
            Scalar::Address => Json::from(format!("{purpose}{number}")),
            Scalar::Id | Scalar::Hash => {
                let digest =
                    blake3::derive_key("mcc 2026 generated id", format!("{purpose} {number}").as_bytes());
                Json::from(format!("0x{}", crate::text::hex(&digest)))
            }
            _ => Json::from(number),
        }
    }
}

/// The name of an account.
pub(super) fn account(number: u64) -> String {
    format!("user{number}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn shared_with_others(transactions: usize, correlation: u64, group: usize) -> usize {
        let shape = Shape { transactions, correlation, group, ..Shape::default() };
        let groups = groups(&shape, &mut StdRng::seed_from_u64(1));
        assert_eq!(groups.len(), transactions);
        let mut sizes: BTreeMap<u64, usize> = BTreeMap::new();
        groups.iter().for_each(|group| *sizes.entry(*group).or_default() += 1);
        sizes.values().filter(|size| **size > 1).sum()
    }

    #[test]
    fn the_correlation_is_what_was_asked_for() {
        assert_eq!(shared_with_others(2000, 10, 10), 200);
        assert_eq!(shared_with_others(2000, 0, 10), 0);
        assert_eq!(shared_with_others(2000, 100, 2000), 2000);
        assert_eq!(shared_with_others(2000, 50, 2), 1000);
        // 21 correlated transactions in tens: the last one joins a group rather than being alone.
        assert_eq!(shared_with_others(210, 10, 10), 21);
        assert_eq!(shared_with_others(30, 10, 2), 3);
        assert_eq!(shared_with_others(10, 10, 10), 0);
        assert_eq!(shared_with_others(40, 10, 10), 4);
    }

    static NOTHING: Directory<'static> = Directory { app: "App", chain: "dev", containers: Vec::new() };

    fn nothing_but(shape: Shape) -> Workload {
        Workload {
            path: String::new(),
            shape,
            params: BTreeMap::new(),
            tables: Vec::new(),
            cells: Vec::new(),
            setup: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// How many of the transactions draw a number that another one draws, too.
    fn meet(transactions: usize, vars: u64, correlation: u64) -> usize {
        let shape = Shape { transactions, vars, correlation, ..Shape::default() };
        let workload = nothing_but(shape);
        let mut generator = Generator::new(&workload, &NOTHING, 1).unwrap();
        let turn = Turn { each: None, row: None, group: 0 };
        let mut draw = || {
            let value =
                generator.value(&Source::Pooled, Scalar::U64, &turn, &BTreeMap::new(), &mut BTreeMap::new());
            value.unwrap().as_u64().unwrap()
        };
        let drawn: Vec<Vec<u64>> = (0..transactions).map(|_| (0..vars).map(|_| draw()).collect()).collect();
        let mut users: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (number, own) in drawn.iter().enumerate() {
            own.iter().for_each(|value| users.entry(*value).or_default().push(number));
        }
        let others =
            |number: usize, own: &[u64]| own.iter().any(|it| users[it].iter().any(|user| *user != number));
        drawn.iter().enumerate().filter(|(number, own)| others(*number, own)).count()
    }

    #[test]
    fn so_many_meet_in_the_pool_as_the_correlation_says() {
        for (correlation, vars) in [(10, 5), (10, 1), (50, 5), (50, 20), (90, 5)] {
            let met = meet(2000, vars, correlation) as f64 / 20.0;
            assert!((met - correlation as f64).abs() < 3.0, "{correlation} % of {vars}: {met}");
        }
        assert_eq!(meet(2000, 5, 0), 0);
        assert!(meet(2000, 5, 100) >= 1998);
    }

    #[test]
    fn the_busiest_account_is_twice_as_busy_as_the_next() {
        let shape = Shape { accounts: 100_000, ..Shape::default() };
        let workload = nothing_but(shape);
        let mut generator = Generator::new(&workload, &NOTHING, 1).unwrap();
        let mut drawn = vec![0_u32; 100_000];
        (0..100_000).for_each(|_| drawn[generator.zipf() as usize] += 1);
        // One of 12.09 is the first: the sum of 1 / n up to a hundred thousand.
        let share = |place: usize| f64::from(drawn[place]) * 12.09 * (place + 1) as f64 / 100_000.0;
        assert!([0, 1, 2, 9].iter().all(|place| (share(*place) - 1.0).abs() < 0.1), "{:?}", &drawn[..10]);
        assert!(drawn[50_000..].iter().any(|count| *count > 0));
    }
}
