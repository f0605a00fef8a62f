//! The seeded randomness of a link: small, fast, and the same on every machine.

/// SplitMix64 (Steele, Lea, Flood 2014): one word of state, passes BigCrush, and any seed is a good seed.
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

impl Rng {
    /// A generator of its own for whatever `parts` name, under one run's seed.
    pub(super) fn derive(seed: u64, actor: &str, parts: &[u64]) -> Self {
        // FNV-1a over the name; the generator's own mixing does the rest.
        let name = actor.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let mut rng = Self(seed ^ name);
        for part in parts {
            rng.0 = rng.next().wrapping_add(*part);
        }
        rng
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1), with all 53 bits of a double's mantissa.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
