//! A small generator of pseudo-random numbers. The same seed gives the same numbers.

/// `SplitMix64` (Steele, Lea, Flood 2014): one word of state, and good enough to choose
/// the next event of a test.
#[derive(Debug)]
pub struct Rng(u64);

impl Rng {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// Returns an index into a list of length `len`.
    pub fn index(&mut self, len: usize) -> usize {
        let last = u64::try_from(len - 1).expect("64 bits");
        usize::try_from(self.between(0, last)).expect("below a length")
    }

    /// Returns true in `in_a_thousand` of a thousand cases.
    pub fn happens(&mut self, in_a_thousand: u64) -> bool {
        self.next() % 1_000 < in_a_thousand
    }

    /// Returns a number in `0.0..1.0`, as `Math.random()` does.
    pub fn chance(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).expect("32 bits")) / (f64::from(u32::MAX) + 1.0)
    }
}
