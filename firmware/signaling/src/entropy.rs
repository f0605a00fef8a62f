//! Everything random in a session, from one 32-byte seed.

use sha2::{Digest, Sha256};

/// SHA-256 in counter mode: block n is SHA-256(seed ‖ n). Mask keys must not be guessable from what
/// was sent before (RFC 6455 §10.3), which rules out a plain linear generator.
pub(crate) struct Entropy {
    seed: [u8; 32],
    counter: u64,
}

impl Entropy {
    pub(crate) const fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    /// 32 bytes never given before.
    fn block(&mut self) -> [u8; 32] {
        let block = Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.counter.to_le_bytes())
            .finalize();
        self.counter = self.counter.wrapping_add(1);
        block.into()
    }

    /// The first `N` bytes of a fresh block; the rest is thrown away. `N` is at most 32.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let block = self.block();
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(block) {
            *to = from;
        }
        bytes
    }

    /// Uniform in `[0, bound)`; 0 when `bound` is 0. The bias of the modulus is below 2⁻³² for the
    /// bounds used here (milliseconds in 32 bits).
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let number = u64::from_le_bytes(self.bytes());
        match bound {
            0 => 0,
            bound => (number % u64::from(bound)) as u32,
        }
    }
}
