//! Traces: what has run in each transaction, in order, and the digest of it that is the paper's ContainerSign.
//!
//! While transactions run, their steps' inputs and outputs are only written down. The digests are made when a worker
//! has nothing left to execute.

use crate::receipt::Receipt;
use crate::registry::{Container, ContainerId, Registry};
use crate::transaction::Transaction;
use mc_container::codec;
use mc_container::ty::Type;
use mc_container::value::Value;
use std::ops::Range;

/// What a worker's transactions have run, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// True if anything is written down at all.
    is_kept: bool,
    calls: Vec<Traced>,
    steps: Vec<TracedStep>,
    /// The inputs and outputs of the steps, in canonical encoding.
    bytes: Vec<u8>,
}

/// A transaction: the container that it has called, if that has run, and where its steps start.
#[derive(Debug)]
struct Traced {
    called: Option<ContainerId>,
    steps: usize,
}

/// A step that was started.
#[derive(Debug)]
struct TracedStep {
    container: ContainerId,
    point: u8,
    inputs: Range<usize>,
    outputs: Outputs,
}

/// What has come of a step.
#[derive(Clone, Debug)]
enum Outputs {
    /// The transaction has ended with it, so it has the transaction's result.
    Nothing,
    /// It has given these bytes.
    Values(Range<usize>),
    /// It has failed with this code.
    Failed(u8),
}

impl Trace {
    /// Starts with no transaction; nothing is written down unless `is_kept`.
    pub(crate) fn start(&mut self, is_kept: bool) {
        self.is_kept = is_kept;
        self.calls.clear();
        self.steps.clear();
        self.bytes.clear();
    }

    /// Starts a transaction.
    pub(crate) fn begin(&mut self) {
        if self.is_kept {
            self.calls.push(Traced { called: None, steps: self.steps.len() });
        }
    }

    /// The called container runs.
    pub(crate) fn runs(&mut self, container: &Container) {
        if let Some(call) = self.calls.last_mut() {
            call.called = Some(container.id);
        }
    }

    /// A step has started; gives its number here.
    pub(crate) fn step(
        &mut self,
        (container, entry): (&Container, usize),
        point: u8,
        args: &[Value],
    ) -> usize {
        if !self.is_kept {
            return usize::MAX;
        }
        let params = container.signature(entry).map(|signature| signature.params.as_slice());
        let inputs = self.encode(params.unwrap_or_default().iter().map(|param| &param.ty), args);
        let step = TracedStep { container: container.id, point, inputs, outputs: Outputs::Nothing };
        self.steps.push(step);
        self.steps.len() - 1
    }

    /// The step with this number has given a result of this type.
    pub(crate) fn gave(&mut self, step: usize, ty: Option<&Type>, result: &[Value]) {
        if self.is_kept {
            let outputs = self.encode(ty.into_iter(), result);
            self.ended(step, Outputs::Values(outputs));
        }
    }

    /// The step with this number has failed with this code.
    pub(crate) fn failed(&mut self, step: usize, code: u8) {
        self.ended(step, Outputs::Failed(code));
    }

    fn ended(&mut self, step: usize, outputs: Outputs) {
        if let Some(step) = self.steps.get_mut(step) {
            step.outputs = outputs;
        }
    }

    fn encode<'t>(&mut self, types: impl Iterator<Item = &'t Type>, mut values: &[Value]) -> Range<usize> {
        let start = self.bytes.len();
        for ty in types {
            let (value, rest) = values.split_at_checked(ty.scalar_count()).unwrap_or_default();
            codec::encode(ty, value, &mut self.bytes);
            values = rest;
        }
        start..self.bytes.len()
    }

    /// Signs the receipts of the transactions that were begun, in order.
    pub(crate) fn sign<'r>(
        &self,
        registry: &Registry,
        transactions: impl Iterator<Item = (&'r Transaction, &'r mut Receipt)>,
    ) {
        let ends = self.calls.iter().skip(1).map(|call| call.steps).chain([self.steps.len()]);
        let (mut records, mut inputs) = (Vec::new(), Vec::new());
        for ((call, end), (transaction, receipt)) in self.calls.iter().zip(ends).zip(transactions) {
            let Some(called) = call.called.and_then(|called| registry.by_id(called)) else { continue };
            records.clear();
            for step in self.steps.get(call.steps..end).unwrap_or_default() {
                let Some(container) = registry.by_id(step.container) else { continue };
                self.record(step, (container, receipt.result), &mut records);
            }
            inputs.clear();
            inputs.extend_from_slice(&transaction.data.arguments);
            inputs.extend_from_slice(&transaction.value.to_le_bytes());
            let failed = [receipt.result];
            let outputs = if receipt.is_success() { receipt.output.as_slice() } else { &failed };
            record((called, receipt.point), (&inputs, outputs), &mut records);
            receipt.container_sign = blake3::derive_key("mcc 2026 container sign", &records);
        }
    }

    /// Appends what is digested of a step of a transaction with this result.
    fn record(&self, step: &TracedStep, (container, result): (&Container, u8), records: &mut Vec<u8>) {
        let bytes = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
        let code = match step.outputs {
            Outputs::Failed(code) => [code],
            Outputs::Nothing | Outputs::Values(_) => [result],
        };
        let outputs = if let Outputs::Values(range) = &step.outputs { bytes(range) } else { &code };
        record((container, step.point), (bytes(&step.inputs), outputs), records);
    }
}

/// Appends what is digested of a step, or of the call itself.
fn record((container, point): (&Container, u8), (inputs, outputs): (&[u8], &[u8]), records: &mut Vec<u8>) {
    records.extend_from_slice(&container.address().0);
    records.extend_from_slice(container.module_hash());
    records.push(point);
    records.extend_from_slice(blake3::hash(inputs).as_bytes());
    records.extend_from_slice(blake3::hash(outputs).as_bytes());
}
