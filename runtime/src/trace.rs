//! Traces: what has run in each transaction, in order, and the digest of it that is the paper's ContainerSign.
//!
//! While transactions run, their steps' inputs and outputs are only written down. The digests are made when a worker
//! has nothing left to execute.

use crate::receipt::Receipt;
use crate::registry::{Container, ContainerId, Registry};
use crate::transaction::Transaction;
use mc_container::codec;
use mc_container::error::SUCCESS;
use mc_container::ty::Type;
use mc_container::value::Value;
use std::ops::Range;
use std::sync::OnceLock;

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
        for ((call, end), (transaction, receipt)) in self.calls.iter().zip(ends).zip(transactions) {
            let Some(called) = call.called.and_then(|called| registry.by_id(called)) else { continue };
            let mut digest = Digest::default();
            for step in self.steps.get(call.steps..end).unwrap_or_default() {
                let Some(container) = registry.by_id(step.container) else { continue };
                let of = |range: &Range<usize>| self.bytes.get(range.clone()).unwrap_or_default();
                let (inputs, code) = (blake3::hash(of(&step.inputs)), [receipt.result]);
                let outputs = match &step.outputs {
                    Outputs::Nothing => blake3::hash(&code),
                    Outputs::Values(bytes) => blake3::hash(of(bytes)),
                    Outputs::Failed(code) => blake3::hash(&[*code]),
                };
                digest.add(container, step.point, inputs, outputs);
            }
            let mut inputs = blake3::Hasher::new();
            inputs.update(&transaction.data.arguments).update(&transaction.value.to_le_bytes());
            let outputs =
                if receipt.result == SUCCESS { receipt.output.as_slice() } else { &[receipt.result] };
            digest.add(called, receipt.point, inputs.finalize(), blake3::hash(outputs));
            receipt.container_sign = digest.finish();
        }
    }
}

/// The running digest of a transaction.
struct Digest(blake3::Hasher);

impl Default for Digest {
    fn default() -> Self {
        static EMPTY: OnceLock<blake3::Hasher> = OnceLock::new();
        let empty = EMPTY.get_or_init(|| blake3::Hasher::new_derive_key("mcc 2026 container sign"));
        Self(empty.clone())
    }
}

impl Digest {
    fn add(&mut self, container: &Container, point: u8, inputs: blake3::Hash, outputs: blake3::Hash) {
        let hasher = self.0.update(&container.address().0).update(container.module_hash()).update(&[point]);
        hasher.update(inputs.as_bytes()).update(outputs.as_bytes());
    }

    fn finish(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}
