//! Writing one WASM function: instructions, structured control and local slots.
//!
//! A value never stays on the operand stack between two expressions: it is a constant or in locals. The
//! engine's compiler turns locals into registers, so this costs nothing and keeps every piece independent.

use super::cost::{self, Callees};
use super::map::Marks;
use crate::ir::OriginId;
use mc_container::cost::{Cost, Turns};
use mc_container::frame;
use wasm_encoder::{BlockType, Function, Instruction, MemArg, ValType};

/// Index of the memory.
const MEMORY: u32 = 0;

/// One limb of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limb {
    /// Known at compile time.
    Const(u64),
    /// In a local of type i64.
    Local(u32),
}

/// The instructions of one function, and the locals they use.
#[derive(Default)]
pub(crate) struct Asm {
    /// How many locals of type i64 are parameters.
    params: u32,
    code: Vec<Instruction<'static>>,
    /// Locals of type i64: those in use, and the most that ever were.
    limbs: (u32, u32),
    /// Locals of type i32, numbered on their own until the end.
    words: Vec<usize>,
    words_max: u32,
    words_used: u32,
    /// How often each loop turns, in the order of the code.
    turns: Vec<Turns>,
    /// What the code comes from, from each of these instructions on.
    origins: Vec<(usize, OriginId)>,
}

/// Where the pools of locals stood.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    limbs: u32,
    words: u32,
}

impl Asm {
    /// A function whose parameters are `params` limbs.
    pub(crate) fn new(params: u32) -> Self {
        Self { params, limbs: (params, params), ..Self::default() }
    }

    /// What follows comes from here.
    pub(crate) fn comes_from(&mut self, origin: OriginId) {
        let before = self.origins.last().map_or(OriginId::default(), |(_, origin)| *origin);
        if before != origin {
            self.origins.push((self.code.len(), origin));
        }
    }

    pub(crate) fn op(&mut self, instruction: Instruction<'static>) {
        self.code.push(instruction);
    }

    pub(crate) fn ops(&mut self, instructions: impl IntoIterator<Item = Instruction<'static>>) {
        self.code.extend(instructions);
    }

    /// A new local of type i64.
    pub(crate) fn limb(&mut self) -> u32 {
        let local = self.limbs.0;
        self.limbs.0 += 1;
        self.limbs.1 = self.limbs.1.max(self.limbs.0);
        local
    }

    /// A new local of type i32; only [`Self::get_word`] and its like may use it.
    pub(crate) fn word(&mut self) -> u32 {
        let word = self.words_used;
        self.words_used += 1;
        self.words_max = self.words_max.max(self.words_used);
        word
    }

    /// The locals in use, to be given back with [`Self::release`].
    pub(crate) fn mark(&self) -> Mark {
        Mark { limbs: self.limbs.0, words: self.words_used }
    }

    pub(crate) fn release(&mut self, mark: Mark) {
        self.limbs.0 = mark.limbs;
        self.words_used = mark.words;
    }

    pub(crate) fn push(&mut self, limb: Limb) {
        self.op(match limb {
            Limb::Const(value) => Instruction::I64Const(value.cast_signed()),
            Limb::Local(local) => Instruction::LocalGet(local),
        });
    }

    /// Pops into a new local.
    pub(crate) fn pop(&mut self) -> Limb {
        let local = self.limb();
        self.op(Instruction::LocalSet(local));
        Limb::Local(local)
    }

    pub(crate) fn pop_to(&mut self, local: u32) {
        self.op(Instruction::LocalSet(local));
    }

    /// `a op b`, in a new local.
    pub(crate) fn binary(&mut self, a: Limb, b: Limb, op: Instruction<'static>) -> Limb {
        self.push(a);
        self.push(b);
        self.op(op);
        self.pop()
    }

    /// Pushes the truth of `a op b`.
    pub(crate) fn test(&mut self, a: Limb, b: Limb, op: Instruction<'static>) {
        self.push(a);
        self.push(b);
        self.op(op);
    }

    /// Pops a truth, gives it as a limb.
    pub(crate) fn pop_truth(&mut self) -> Limb {
        self.op(Instruction::I64ExtendI32U);
        self.pop()
    }

    pub(crate) fn get_word(&mut self, word: u32) {
        self.words.push(self.code.len());
        self.op(Instruction::LocalGet(word));
    }

    pub(crate) fn set_word(&mut self, word: u32) {
        self.words.push(self.code.len());
        self.op(Instruction::LocalSet(word));
    }

    /// Loads a limb from `base + offset` into a new local.
    pub(crate) fn load(&mut self, base: Option<u32>, offset: u32) -> Limb {
        match base {
            Some(word) => self.get_word(word),
            None => self.op(Instruction::I32Const(0)),
        }
        self.op(Instruction::I64Load(memory(offset, 3)));
        self.pop()
    }

    /// Loads a limb at `offset` plus the word on the stack.
    pub(crate) fn load_limb(&mut self, offset: u32) {
        self.op(Instruction::I64Load(memory(offset, 3)));
    }

    /// Loads a table entry at `offset` plus the word on the stack.
    pub(crate) fn load_word(&mut self, offset: u32) {
        self.op(Instruction::I32Load(memory(offset, 2)));
    }

    /// Stores a limb at `base + offset` through the function `store`.
    pub(crate) fn store(&mut self, base: Option<u32>, offset: u32, limb: Limb, store: u32) {
        match base {
            Some(word) => {
                self.get_word(word);
                self.ops([Instruction::I32Const(offset.cast_signed()), Instruction::I32Add]);
            }
            None => self.op(Instruction::I32Const(offset.cast_signed())),
        }
        self.push(limb);
        self.op(Instruction::Call(store));
    }

    /// Opens a loop, and says how often it turns.
    pub(crate) fn begin_loop(&mut self, turns: Turns) {
        self.turns.push(turns);
        self.op(Instruction::Loop(BlockType::Empty));
    }

    /// What the function costs at most.
    pub(crate) fn cost(&self, callees: &Callees<'_>) -> Cost {
        cost::cost(&self.code, &self.turns, callees)
    }

    pub(crate) fn begin_if(&mut self) {
        self.op(Instruction::If(BlockType::Empty));
    }

    pub(crate) fn end(&mut self) {
        self.op(Instruction::End);
    }

    /// The function, and from which of its bytes on it comes from where.
    pub(crate) fn finish(mut self) -> (Function, Marks) {
        let first_word = self.limbs.1;
        for at in &self.words {
            if let Some(Instruction::LocalGet(word) | Instruction::LocalSet(word)) = self.code.get_mut(*at) {
                *word += first_word;
            }
        }
        let groups = vec![(self.limbs.1 - self.params, ValType::I64), (self.words_max, ValType::I32)];
        let mut function = Function::new(groups);
        let bytes = |function: &Function| u32::try_from(function.byte_len()).unwrap_or(u32::MAX);
        let mut marks = vec![(bytes(&function), OriginId::default())];
        let mut origins = self.origins.iter().peekable();
        for (number, instruction) in self.code.iter().enumerate() {
            while let Some((_, origin)) = origins.next_if(|(at, _)| *at <= number) {
                marks.push((bytes(&function), *origin));
            }
            function.instruction(instruction);
        }
        function.instruction(&Instruction::End);
        (function, marks)
    }
}

fn memory(offset: u32, align: u32) -> MemArg {
    MemArg { offset: u64::from(offset), align, memory_index: MEMORY }
}

/// What the function costs through which everything is stored: its five instructions, and entering.
pub(crate) const STORE_FUEL: u64 = 6;

/// The function through which everything is stored: `(param i32 i64)`, inside the frame whatever the offset.
pub(crate) fn store_function(frame_bytes: u32) -> Function {
    let mut function = Function::new([]);
    let mask = frame_bytes - frame::LIMB;
    for instruction in [
        Instruction::LocalGet(0),
        Instruction::I32Const(mask.cast_signed()),
        Instruction::I32And,
        Instruction::LocalGet(1),
        Instruction::I64Store(memory(0, 3)),
        Instruction::End,
    ] {
        function.instruction(&instruction);
    }
    function
}
