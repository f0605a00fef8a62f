//! The one source of chance: seeded, so that a run can be repeated byte by byte.

/// xoshiro256** seeded by SplitMix64. Not for secrets that matter: everything here is a mock's.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A stream of its own for each `purpose`, so that one consumer cannot shift another's draws.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut mix = seed;
        for byte in purpose.bytes() {
            mix = split_mix(mix ^ u64::from(byte));
        }
        let mut state = [0; 4];
        for word in &mut state {
            mix = split_mix(mix);
            *word = mix;
        }
        Self { state }
    }

    /// Where it stands, in hexadecimal: continued by [`Random::from_mark`].
    pub fn mark(&self) -> String {
        self.state.iter().map(|word| format!("{word:016x}")).collect()
    }

    /// The stream that stands at a mark.
    pub fn from_mark(mark: &str) -> Option<Self> {
        let mut state = [0; 4];
        if mark.len() != 64 || !mark.is_ascii() {
            return None;
        }
        for (at, word) in state.iter_mut().enumerate() {
            *word = u64::from_str_radix(mark.get(at * 16..at * 16 + 16)?, 16).ok()?;
        }
        // All zeros never leave zero.
        (state != [0; 4]).then_some(Self { state })
    }

    /// 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = b << 17;
        let c = c ^ a;
        let d = d ^ b;
        self.state = [a ^ d, b ^ c, c ^ shifted, d.rotate_left(45)];
        result
    }

    /// Uniform in `0..below`; 0 when `below` is 0.
    pub fn below(&mut self, below: u64) -> u64 {
        // The high half of the product: bias below 2^-32 for the small ranges used here.
        u64::try_from((u128::from(self.bits()) * u128::from(below)) >> 64).unwrap_or(0)
    }

    /// Uniform in `[0, 1)`.
    #[allow(clippy::cast_precision_loss)] // 53 bits are exactly what a double holds
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// `len` characters out of `alphabet`.
    pub fn text(&mut self, len: usize, alphabet: &[u8]) -> String {
        let mut text = String::with_capacity(len);
        for _ in 0..len {
            let at = usize::try_from(self.below(alphabet.len() as u64)).unwrap_or(0);
            text.push(alphabet.get(at).map_or('0', |byte| char::from(*byte)));
        }
        text
    }
}

/// Digits and upper-case letters: access key ids and channel versions.
pub const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// Lower-case hexadecimal digits: request ids and endpoint names.
pub const HEX: &[u8] = b"0123456789abcdef";
/// The base64 alphabet: secret keys and session tokens.
pub const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn split_mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
