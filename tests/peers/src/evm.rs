//! revm, with the best settings that we know.
//!
//! * Accounts, code and storage lie in `InMemoryDB`, which every transaction finds warm; nothing is on disk.
//! * One EVM executes the whole block and keeps its journal between the transactions (`transact_one`), so that
//!   an account or slot is looked up in the database once a block, and `finalize` is called once.
//! * No signature, nonce, balance of the sender, fee, base fee or block gas limit is checked, no fee is charged.
//! * The transactions are built, and copied, before the clock starts; what comes out is dropped after it stops.
//! * `asm-keccak`, `foldhash` maps, and the release profile with one codegen unit and without overflow checks.

use crate::ours::Transfer;
use mc_container::address::Address as OurAddress;
use revm::bytecode::Bytecode;
use revm::context::{Context, TxEnv};
use revm::context_interface::result::ExecutionResult;
use revm::database::InMemoryDB;
use revm::primitives::{Address, Bytes, TxKind, U256, hex, keccak256};
use revm::state::AccountInfo;
use revm::{ExecuteEvm, MainBuilder, MainContext};

const ERC20: &str = include_str!("../contracts/Erc20.hex");
const SLOTS: &str = include_str!("../contracts/Slots.hex");
/// `transfer(address,uint256)` and `touch(uint256,uint256)`.
const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
const TOUCH: [u8; 4] = [0x7c, 0xb6, 0xde, 0xd3];
/// What everybody has.
const FUNDS: u64 = 1_000_000_000;
const GAS: u64 = 1_000_000;

/// A state, and transactions for it.
pub struct Evm {
    database: InMemoryDB,
    transactions: Vec<TxEnv>,
}

fn contract() -> Address {
    Address::repeat_byte(0xc0)
}

fn address(ours: OurAddress) -> Address {
    Address::from(ours.0)
}

/// An account of the workloads, by its number.
fn account(number: u64) -> Address {
    address(OurAddress::of_account(&format!("user{number}")))
}

/// A cell of a mapping that stands in slot 0.
fn slot(key: [u8; 32]) -> U256 {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&key);
    U256::from_be_bytes(keccak256(bytes).0)
}

fn slot_of(address: Address) -> U256 {
    let mut key = [0; 32];
    key[12..].copy_from_slice(address.as_slice());
    slot(key)
}

impl Evm {
    fn new(code: Option<&str>, transactions: Vec<TxEnv>) -> Self {
        let mut database = InMemoryDB::default();
        if let Some(code) = code {
            let code = hex::decode(code.trim()).expect("the code is hexadecimal");
            let info = AccountInfo::from_bytecode(Bytecode::new_legacy(code.into()));
            database.insert_account_info(contract(), info);
        }
        Self { database, transactions }
    }

    /// Transfers of an ERC-20 in which every account has something.
    pub fn tokens(accounts: u64, transfers: &[Transfer]) -> Self {
        let transaction = |transfer: &Transfer| {
            let (from, to) = (address(transfer.from), address(transfer.to));
            let mut data = TRANSFER.to_vec();
            data.extend_from_slice(&[0; 12]);
            data.extend_from_slice(to.as_slice());
            data.extend_from_slice(&U256::from(transfer.amount).to_be_bytes::<32>());
            call(from, data)
        };
        let mut evm = Self::new(Some(ERC20), transfers.iter().map(transaction).collect());
        for number in 0..accounts {
            evm.fund(account(number), slot_of(account(number)));
        }
        for transfer in transfers {
            for address in [address(transfer.from), address(transfer.to)] {
                evm.fund(address, slot_of(address));
            }
        }
        evm
    }

    /// An account that exists and has tokens.
    fn fund(&mut self, account: Address, slot: U256) {
        self.database.insert_account_info(account, AccountInfo::from_balance(U256::from(FUNDS)));
        let funds = U256::from(FUNDS);
        self.database.insert_account_storage(contract(), slot, funds).expect("memory does not fail");
    }

    /// Transfers of the native coin.
    pub fn coins(accounts: u64, transfers: &[Transfer]) -> Self {
        let transaction = |transfer: &Transfer| TxEnv {
            kind: TxKind::Call(address(transfer.to)),
            value: U256::from(transfer.amount),
            ..call(address(transfer.from), Vec::new())
        };
        let mut evm = Self::new(None, transfers.iter().map(transaction).collect());
        let named = transfers.iter().flat_map(|transfer| [address(transfer.from), address(transfer.to)]);
        for account in (0..accounts).map(account).chain(named) {
            evm.database.insert_account_info(account, AccountInfo::from_balance(U256::from(FUNDS)));
        }
        evm
    }

    /// Calls that read and write some slots in a row, all of which hold something.
    pub fn slots(callers: &[OurAddress], touches: &[(u64, u64)]) -> Self {
        let transaction = |(caller, (first, vars)): (&OurAddress, &(u64, u64))| {
            let mut data = TOUCH.to_vec();
            data.extend_from_slice(&U256::from(*first).to_be_bytes::<32>());
            data.extend_from_slice(&U256::from(*vars).to_be_bytes::<32>());
            call(address(*caller), data)
        };
        let mut evm = Self::new(Some(SLOTS), callers.iter().zip(touches).map(transaction).collect());
        for caller in callers {
            let info = AccountInfo::from_balance(U256::from(FUNDS));
            evm.database.insert_account_info(address(*caller), info);
        }
        for cell in touches.iter().flat_map(|(first, vars)| *first..first + vars) {
            let slot = slot(U256::from(cell).to_be_bytes());
            evm.database
                .insert_account_storage(contract(), slot, U256::from(7))
                .expect("memory does not fail");
        }
        evm
    }

    /// The transactions, copied outside of what is timed, in so many equal parts.
    pub fn parts(&self, parts: usize) -> Vec<Vec<TxEnv>> {
        let size = self.transactions.len().div_ceil(parts).max(1);
        self.transactions.chunks(size).map(<[TxEnv]>::to_vec).collect()
    }

    /// Executes some transactions in order; gives how many succeeded, and how many accounts they touched.
    pub fn execute(&self, transactions: Vec<TxEnv>) -> (usize, usize) {
        let mut evm = Context::mainnet()
            .with_ref_db(&self.database)
            .modify_cfg_chained(|cfg| {
                cfg.tx_chain_id_check = false;
                cfg.disable_nonce_check = true;
                cfg.disable_balance_check = true;
                cfg.disable_block_gas_limit = true;
                cfg.disable_eip3607 = true;
                cfg.disable_base_fee = true;
                cfg.disable_fee_charge = true;
            })
            .build_mainnet();
        let mut succeeded = 0;
        for transaction in transactions {
            let result = evm.transact_one(transaction).expect("the transaction is valid");
            succeeded += usize::from(matches!(result, ExecutionResult::Success { .. }));
        }
        (succeeded, evm.finalize().len())
    }

    /// Executes each part on a thread of its own, as if they never met: what two cores could gain at best, were
    /// there somebody who split the block for nothing.
    pub fn execute_apart(&self, parts: Vec<Vec<TxEnv>>) -> usize {
        std::thread::scope(|scope| {
            let threads = parts.into_iter().map(|part| scope.spawn(move || self.execute(part).0));
            let threads: Vec<_> = threads.collect();
            threads.into_iter().map(|thread| thread.join().expect("no thread panics")).sum()
        })
    }
}

fn call(caller: Address, data: Vec<u8>) -> TxEnv {
    TxEnv {
        caller,
        kind: TxKind::Call(contract()),
        data: Bytes::from(data),
        gas_limit: GAS,
        chain_id: None,
        ..TxEnv::default()
    }
}
