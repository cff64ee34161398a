//! Arguments as a block keeps them: most of a list that is not full is zero, and what is zero takes no memory.

use mc_container::value::Value;

/// With so few scalars, finding those that are zero costs more than it saves.
const FEW: usize = 8;

/// The scalars of a call's arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arguments<'a> {
    /// For each scalar a bit, whether it is among the values; nothing where all are.
    present: &'a [u64],
    values: &'a [Value],
    count: usize,
}

impl<'a> From<&'a [Value]> for Arguments<'a> {
    fn from(values: &'a [Value]) -> Self {
        Self { present: &[], values, count: values.len() }
    }
}

impl<'a> Arguments<'a> {
    /// The scalar with this number.
    #[inline]
    pub(crate) fn get(self, number: usize) -> Option<Value> {
        if self.present.is_empty() { self.values.get(number).copied() } else { self.find(number) }
    }

    #[inline(never)] // So that what most calls need stays small.
    fn find(self, number: usize) -> Option<Value> {
        let (before, word) = (self.present.get(..number / 64)?, self.present.get(number / 64)?);
        if number >= self.count {
            return None;
        }
        let bit = 1 << (number % 64);
        if word & bit == 0 {
            return Some(Value::ZERO);
        }
        let place = before.iter().chain([&(word & (bit - 1))]).map(|word| word.count_ones()).sum::<u32>();
        self.values.get(place as usize).copied()
    }

    /// All scalars, one after the other; `memory` is where they are put if they are not there already.
    pub(crate) fn all<'m>(self, memory: &'m mut Vec<Value>) -> &'m [Value]
    where
        'a: 'm,
    {
        if self.present.is_empty() {
            return self.values;
        }
        memory.clear();
        memory.resize(self.count, Value::ZERO);
        let mut values = self.values.iter();
        for (places, word) in memory.chunks_mut(64).zip(self.present) {
            let mut word = *word;
            while word != 0 {
                let place = places.get_mut(word.trailing_zeros() as usize);
                place.into_iter().zip(&mut values).for_each(|(place, value)| *place = *value);
                word &= word - 1;
            }
        }
        memory
    }
}

/// The arguments of many calls.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    present: Vec<u64>,
    values: Vec<Value>,
}

/// Where the arguments of one call stand among those of many.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    present: u32,
    values: u32,
    /// How many values are kept, and for how many scalars.
    kept: u32,
    count: u32,
}

impl Kept {
    /// Forgets all, but keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.present.clear();
        self.values.clear();
    }

    /// Keeps the arguments of one more call.
    pub(crate) fn keep(&mut self, args: &[Value]) -> Place {
        let (present, values) = (self.present.len() as u32, self.values.len() as u32);
        let count = args.len() as u32;
        if args.len() <= FEW {
            self.values.extend_from_slice(args);
        } else {
            for args in args.chunks(64) {
                let mut word = 0;
                for (number, value) in args.iter().enumerate() {
                    if *value != Value::ZERO {
                        word |= 1 << number;
                        self.values.push(*value);
                    }
                }
                self.present.push(word);
            }
        }
        Place { present, values, kept: self.values.len() as u32 - values, count }
    }

    /// The arguments of a call.
    #[inline]
    pub(crate) fn at(&self, place: Place) -> Arguments<'_> {
        let Place { present, values, kept, count } = place;
        let words = if count as usize > FEW { count.div_ceil(64) } else { 0 };
        let present = self.present.get(present as usize..(present + words) as usize);
        let values = self.values.get(values as usize..(values + kept) as usize);
        Arguments {
            present: present.unwrap_or_default(),
            values: values.unwrap_or_default(),
            count: count as usize,
        }
    }

    /// The bytes that they take up.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.present.as_slice()) + size_of_val(self.values.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let lists = [0, 1, 8, 9, 64, 65, 200].map(|count: u64| {
            (0..count).map(|n| Value::from_u64(if n % 7 < 5 { 0 } else { n })).collect::<Vec<_>>()
        });
        let mut kept = Kept::default();
        let places = lists.each_ref().map(|args| kept.keep(args));
        let zeros = kept.keep(&[Value::ZERO; 70]);
        for (args, place) in lists.iter().zip(places) {
            let found = kept.at(place);
            let each: Vec<Value> = (0..args.len()).filter_map(|number| found.get(number)).collect();
            assert_eq!(each, *args);
            let mut memory = vec![Value::from_u64(3)];
            let all = found.all(&mut memory);
            assert_eq!(all, args);
            assert_eq!(found.get(args.len()), None);
        }
        assert_eq!(kept.at(zeros).get(69), Some(Value::ZERO));
        assert_eq!(kept.at(zeros).get(70), None);
        assert!(kept.values.len() < 110);
    }
}
