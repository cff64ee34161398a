//! The code of an entry: what it reads from and writes to its frame.

use super::asm::Limb;
use super::code::{Coder, limb_bytes};
use super::expr::may_fail;
use super::number::Limbs;
use crate::access::SitePlan;
use crate::ir::{BufferId, Home, LoopId, Piece, Place, SiteId};
use mc_container::cost::Turns;
use mc_container::frame;
use mc_container::value::Scalar;
use wasm_encoder::Instruction as I;

impl Coder<'_> {
    /// Puts values into the exchange area, once all of them are known.
    pub(super) fn send(&mut self, pieces: &[Piece]) {
        let heads: Vec<Limbs> = pieces.iter().map(|piece| self.value(piece.head())).collect();
        let mut offset = frame::EXCHANGE;
        for (piece, head) in pieces.iter().zip(heads) {
            for limb in &head {
                self.asm.store(None, offset, *limb, self.input.functions.store);
                offset = offset.saturating_add(frame::LIMB);
            }
            if let (Piece::List(_, buffer), Some(length)) = (piece, head.first()) {
                let (from, bytes) = self.buffer_place(*buffer);
                self.copy(offset, from, *length, self.stride(*buffer), bytes);
                offset = offset.saturating_add(bytes);
            }
        }
    }

    /// Puts limbs into the exchange area.
    pub(super) fn exchange(&mut self, values: &[Limbs]) {
        for (number, limb) in (0..).zip(values.concat()) {
            self.asm.store(None, frame::EXCHANGE + number * frame::LIMB, limb, self.input.functions.store);
        }
    }

    /// Copies a list of `length` elements of `stride` bytes into room for `bytes`; the rest becomes zero.
    pub(super) fn copy(&mut self, to: u32, from: u32, length: Limb, stride: u32, bytes: u32) {
        if bytes == 0 {
            return;
        }
        let (at, end) = (self.asm.word(), self.asm.word());
        self.asm.push(length);
        self.asm.ops([I::I32WrapI64, I::I32Const(stride.cast_signed()), I::I32Mul]);
        self.asm.set_word(end);
        self.asm.op(I::I32Const(0));
        self.asm.set_word(at);
        self.open_loop(Turns::AtMost(u64::from(bytes / frame::LIMB)));
        self.asm.get_word(at);
        self.asm.ops([I::I32Const(to.cast_signed()), I::I32Add]);
        self.asm.get_word(at);
        self.asm.load_limb(from);
        self.asm.op(I::I64Const(0));
        self.asm.get_word(at);
        self.asm.get_word(end);
        self.asm.ops([I::I32LtU, I::Select, I::Call(self.input.functions.store)]);
        self.asm.get_word(at);
        self.asm.ops([I::I32Const(frame::LIMB.cast_signed()), I::I32Add]);
        self.asm.set_word(at);
        self.asm.get_word(at);
        self.asm.ops([I::I32Const(bytes.cast_signed()), I::I32LtU, I::BrIf(0)]);
        self.close();
    }

    /// Bytes of an element.
    pub(super) fn stride(&self, buffer: BufferId) -> u32 {
        self.input.body.buffer(buffer).map_or(0, |buffer| buffer.stride().saturating_mul(frame::LIMB))
    }

    /// Offset of a buffer, and its bytes.
    pub(super) fn buffer_place(&self, id: BufferId) -> (u32, u32) {
        let Some(buffer) = self.input.body.buffer(id) else { return (0, 0) };
        let (start, limbs) = match buffer.home {
            Home::Argument { limbs, .. } => (self.input.arguments, limbs),
            Home::Scratch(limbs) => (self.input.layout.scratch, limbs),
        };
        let offset = limbs.saturating_mul(frame::LIMB).saturating_add(start);
        (offset, self.stride(id).saturating_mul(buffer.max))
    }

    /// The offset of an element behind its buffer's, in a word, and that of a part of it in the frame.
    fn element(&mut self, buffer: BufferId, index: Limb, part: u32) -> (u32, u32) {
        let word = self.asm.word();
        self.asm.push(index);
        self.asm.ops([I::I32WrapI64, I::I32Const(self.stride(buffer).cast_signed()), I::I32Mul]);
        self.asm.set_word(word);
        let inside = self.input.body.buffer(buffer).map_or(0, |buffer| buffer.offset(part));
        (word, self.buffer_place(buffer).0.saturating_add(inside.saturating_mul(frame::LIMB)))
    }

    pub(super) fn read_element(&mut self, buffer: BufferId, index: Limb, part: u32, ty: Scalar) -> Limbs {
        let (word, offset) = self.element(buffer, index, part);
        self.read_limbs(Some(word), offset, ty)
    }

    pub(super) fn write_element(&mut self, buffer: BufferId, index: Limb, part: u32, value: &[Limb]) {
        let (word, offset) = self.element(buffer, index, part);
        for (number, limb) in value.iter().enumerate() {
            let offset = offset.saturating_add(limb_bytes(number));
            self.asm.store(Some(word), offset, *limb, self.input.functions.store);
        }
    }

    pub(super) fn variable_type(&self, place: &Place) -> Scalar {
        self.input.unit.variable(place.variable).map_or(Scalar::U64, |variable| variable.value)
    }

    pub(super) fn read(&mut self, slot: u32, ty: Scalar) -> Limbs {
        self.read_limbs(Some(slot), 0, ty)
    }

    pub(super) fn read_limbs(&mut self, base: Option<u32>, offset: u32, ty: Scalar) -> Limbs {
        (0..).take(ty.limbs()).map(|limb| self.asm.load(base, offset + limb * frame::LIMB)).collect()
    }

    pub(super) fn write(&mut self, slot: u32, value: &[Limb]) {
        for (number, limb) in (0..).zip(value) {
            self.asm.store(Some(slot), number * frame::LIMB, *limb, self.input.functions.store);
        }
    }

    /// The offset of the slot of a cell, in a word; its keys are evaluated here.
    pub(super) fn place(&mut self, place: &Place) -> u32 {
        let slot = self.asm.word();
        match self.plan(place.site) {
            SitePlan::Exact { access, loops } => {
                // The runtime knows the keys; they are evaluated only for what they do besides.
                for key in place.keys.iter().filter(|key| may_fail(key)) {
                    self.value(key);
                }
                self.table_entry(access, &loops);
            }
            SitePlan::Resolve { access } => {
                let keys: Vec<Limbs> = place.keys.iter().map(|key| self.value(key)).collect();
                self.exchange(&keys);
                self.asm.ops([I::I32Const(access.cast_signed()), I::Call(self.input.functions.resolve)]);
            }
            SitePlan::Unreached => self.asm.op(I::Unreachable),
        }
        self.asm.set_word(slot);
        slot
    }

    fn plan(&self, site: SiteId) -> SitePlan {
        self.input.analysis.plans.get(site.0 as usize).cloned().unwrap_or(SitePlan::Unreached)
    }

    /// Pushes the offset that the table holds for an access in the current turn of its loops.
    fn table_entry(&mut self, access: u32, loops: &[LoopId]) {
        let ranges = self.input.analysis.access.accesses.get(access as usize).map(|access| &access.ranges);
        self.asm.op(I::I32Const(0));
        for (id, range) in loops.iter().zip(ranges.into_iter().flatten()) {
            let Some(turn) = self.turns.get(id).copied() else { continue };
            self.asm.ops([I::I32Const(range.turns_max.cast_signed()), I::I32Mul]);
            self.asm.get_word(turn);
            self.asm.op(I::I32Add);
        }
        if !loops.is_empty() {
            self.asm.ops([I::I32Const(frame::TABLE_ENTRY.cast_signed()), I::I32Mul]);
        }
        self.asm.load_word(self.input.layout.table_entry(access as usize));
    }
}
