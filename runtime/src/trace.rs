//! Traces: what has run in each transaction, in order, and the digest of it that is the paper's ContainerSign.
//!
//! While transactions run, their steps' inputs and outputs are only written down. The digests are made when a worker
//! has nothing left to execute, or has written down much.

use crate::receipt::Receipt;
use crate::registry::{Container, ContainerId, Registry};
use crate::transaction::Transaction;
use blake3::Hasher;
use blake3::hazmat::{HasherExt, hash_derive_key_context};
use mc_container::codec;
use mc_container::ty::Type;
use mc_container::value::Value;
use std::ops::Range;

/// What is longer than this, in bytes, is digested at once, so that nobody makes a worker write down much.
const WRITTEN_MAX: usize = 1_024;
/// The transactions are signed when this many bytes are written down.
const FULL: usize = 1 << 20;

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
    inputs: Written,
    outputs: Outputs,
}

/// Something that is to be digested.
#[derive(Clone, Debug)]
enum Written {
    /// These of the trace's bytes.
    Bytes(Range<usize>),
    /// It was long, and is digested already.
    Digest(blake3::Hash),
}

/// What has come of a step.
#[derive(Clone, Debug)]
enum Outputs {
    /// The transaction has ended with it, so it has the transaction's result.
    Nothing,
    /// It has given this.
    Values(Written),
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

    /// Forgets the transaction that was begun last.
    pub(crate) fn forget(&mut self) {
        if let Some(call) = self.calls.pop() {
            self.steps.truncate(call.steps);
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
    pub(crate) fn gave(&mut self, step: usize, ty: &Type, result: &[Value]) {
        if self.is_kept {
            let outputs = self.encode([ty].into_iter(), result);
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

    /// True if it is time to sign.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() + self.steps.len() * size_of::<TracedStep>() > FULL
    }

    fn encode<'t>(&mut self, types: impl Iterator<Item = &'t Type>, mut values: &[Value]) -> Written {
        let start = self.bytes.len();
        for ty in types {
            let (value, rest) = values.split_at_checked(ty.scalar_count()).unwrap_or_default();
            codec::encode(ty, value, &mut self.bytes);
            values = rest;
        }
        let written = self.bytes.get(start..).unwrap_or_default();
        if written.len() <= WRITTEN_MAX {
            return Written::Bytes(start..self.bytes.len());
        }
        let digest = blake3::hash(written);
        self.bytes.truncate(start);
        Written::Digest(digest)
    }

    /// Signs the receipts of the transactions that were begun, in order, and forgets them; those that are `None` do
    /// not count.
    pub(crate) fn sign<'r>(
        &mut self,
        registry: &Registry,
        transactions: impl Iterator<Item = Option<(&'r Transaction, &'r mut Receipt)>>,
    ) {
        let ends = self.calls.iter().skip(1).map(|call| call.steps).chain([self.steps.len()]);
        let (mut records, mut inputs) = (Vec::new(), Vec::new());
        let (context, nothing) = (hash_derive_key_context("mcc 2026 container sign"), blake3::hash(&[]));
        for ((call, end), transaction) in self.calls.iter().zip(ends).zip(transactions) {
            let Some((transaction, receipt)) = transaction else { continue };
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
            let outputs = if outputs.is_empty() { nothing } else { blake3::hash(outputs) };
            let digests = [blake3::hash(&inputs), outputs];
            record((called, receipt.point), digests, &mut records);
            receipt.container_sign =
                *Hasher::new_from_context_key(&context).update(&records).finalize().as_bytes();
        }
        self.start(self.is_kept);
    }

    /// Appends what is digested of a step of a transaction with this result.
    fn record(&self, step: &TracedStep, (container, result): (&Container, u8), records: &mut Vec<u8>) {
        let outputs = match &step.outputs {
            Outputs::Values(written) => self.digest(written),
            Outputs::Failed(code) => blake3::hash(&[*code]),
            Outputs::Nothing => blake3::hash(&[result]),
        };
        record((container, step.point), [self.digest(&step.inputs), outputs], records);
    }

    fn digest(&self, written: &Written) -> blake3::Hash {
        match written {
            Written::Bytes(range) => blake3::hash(self.bytes.get(range.clone()).unwrap_or_default()),
            Written::Digest(digest) => *digest,
        }
    }
}

/// Appends what is digested of a step, or of the call itself; `digests` are those of its inputs and its outputs.
fn record((container, point): (&Container, u8), digests: [blake3::Hash; 2], records: &mut Vec<u8>) {
    records.extend_from_slice(&container.address().0);
    records.extend_from_slice(container.module_hash());
    records.push(point);
    digests.iter().for_each(|digest| records.extend_from_slice(digest.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use mc_container::value::Scalar;

    #[test]
    fn what_is_long_is_digested_at_once() {
        let mut trace = Trace::default();
        for length in [0, 1_000, 1_020, 1_021, 1_100] {
            let ty = Type::List(Box::new(Scalar::U8.into()), 2_000);
            let mut values = vec![Value::from_u64(7); 2_001];
            values.iter_mut().take(1).for_each(|count| *count = Value::from_u64(length));
            let mut bytes = Vec::new();
            codec::encode(&ty, &values, &mut bytes);
            let (before, written) = (trace.bytes.len(), trace.encode(std::iter::once(&ty), &values));
            assert_eq!(trace.digest(&written), blake3::hash(&bytes), "{length}");
            assert_eq!(trace.bytes.len() - before, if bytes.len() <= WRITTEN_MAX { bytes.len() } else { 0 });
        }
    }
}
