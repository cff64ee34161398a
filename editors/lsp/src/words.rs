//! What the words of the language are for, where no source declares them.

/// `(word, how it is written, what it is)` of what is a part of the language and looks like a name.
const WORDS: &[(&str, &str, &str)] = &[
    ("caller", "caller: address", "Who calls: the account that has signed the transaction, also in a step."),
    ("self", "self: address", "The container's own address; `self.x` is the state `x`."),
    ("now", "now: time", "The time of the block."),
    ("via", "via: address?", "The composition that this call is a step of."),
    ("block", "block.height: u64", "The block: its `height`, and its `time`, which is `now`."),
    ("tx", "tx.id: id", "The transaction: its `id`."),
    ("min", "min(a, b)", "The smaller of two numbers of one type."),
    ("max", "max(a, b)", "The greater of two numbers of one type."),
    ("abs", "abs(value)", "The magnitude of a signed integer."),
    ("sqrt", "sqrt(value)", "The square root of an integer, rounded down."),
    ("mul_div", "mul_div(a, b, c)", "`a * b / c` without overflow in between, rounded down."),
    ("wrapping_add", "wrapping_add(a, b)", "The sum without a check: what does not fit is dropped."),
    ("wrapping_sub", "wrapping_sub(a, b)", "The difference without a check: what does not fit is dropped."),
    ("wrapping_mul", "wrapping_mul(a, b)", "The product without a check: what does not fit is dropped."),
    ("shl", "shl(value, bits: u32)", "The bits of an integer, moved up."),
    ("shr", "shr(value, bits: u32)", "The bits of an integer, moved down."),
    ("blake3", "blake3(value) -> hash", "The BLAKE3 hash of a value; of several as a tuple."),
    ("sha256", "sha256(value) -> hash", "The SHA-256 hash of a value; of several as a tuple."),
    (
        "verify_signature",
        "verify_signature(key: bytes<32>, message, signature: bytes<64>) -> bool",
        "True if the signature of the message is the key's.",
    ),
    (
        "fresh_id",
        "fresh_id() -> id",
        "An id that no other call ever gets, so calls that make one never meet.",
    ),
    ("empty", "empty(Asset)", "Nothing of an asset, which still has to go somewhere."),
    ("supply", "supply(Asset) -> u128", "How much of one of the contract's own assets there is."),
    ("pay", "pay(to: address, funds: coin);", "Gives native assets to an account."),
    ("sum", "sum(map)", "All values of a map, added up; in an `invariant`."),
    ("count", "count(map)", "How many keys a map or a set has; in an `invariant`."),
    ("old", "old(value)", "What it was before the call."),
    ("take", "cell.take(amount: u128)", "Takes this much of an asset out; aborts where there is less."),
    ("take_all", "cell.take_all()", "Takes all of an asset out."),
    ("insert", "map.insert(key, value)", "Puts a value where there is none; aborts where there is one."),
    ("remove", "map.remove(key)", "Takes a value out; as a value, aborts where there is none."),
    ("add", "set.add(element)", "Puts an element into a set, or gives an account a role."),
    ("push", "list.push(element)", "Puts an element at the end of a list; aborts where it is full."),
    ("pop", "list.pop()", "Takes the last element of a list; aborts where there is none."),
    ("expect_empty", "asset.expect_empty();", "Ends with an asset of which nothing is left; aborts else."),
    ("amount", "asset.amount: u128", "How much it is; the asset stays where it is."),
    ("len", "list.len: u32", "How many elements a list has, or bytes a text."),
    ("height", "block.height: u64", "The number of the block."),
    ("time", "block.time: time", "The time of the block, as `now`."),
    ("coin", "coin", "The native asset: the Value of the transaction arrives in a parameter of this type."),
    ("parallel", "@parallel", "An error if every call of the entry met every other."),
    ("direct", "@direct", "Only a transaction of the user's own may call it, and no composition."),
    ("allow", "@allow(CODE)", "Takes away the warnings with this code, here."),
    ("deprecated", "@deprecated", "Says that it is going away."),
];

/// How a word of the language is written, and what it is.
#[must_use]
pub fn find(word: &str) -> Option<(&'static str, &'static str)> {
    WORDS.iter().find(|(known, ..)| *known == word).map(|(_, written, what)| (*written, *what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mc_compiler::check::{FUNCTIONS, METHODS};

    #[test]
    fn every_function_and_method_is_told() {
        let untold: Vec<&&str> =
            FUNCTIONS.iter().chain(&METHODS).filter(|word| find(word).is_none()).collect();
        assert!(untold.is_empty(), "{untold:?}");
    }
}
