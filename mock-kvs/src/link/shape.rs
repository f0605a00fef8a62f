//! When a piece of bytes arrives, how large a piece is, and which of its bits are flipped.

use std::time::Duration;

use super::condition::{Distribution, Latency, Path};
use crate::random::Random;

/// A pareto delay is cut off here, in units of jitter, so that one unlucky draw does not outlast a
/// run.
const PARETO_MAX: f64 = 20.0;

/// A bandwidth limit lets bytes out in steps of this length, so that they trickle rather than jump.
const PACE_STEPS_PER_S: u64 = 50;

impl Latency {
    /// One delay, drawn.
    pub(super) fn draw(&self, random: &mut Random) -> Duration {
        if self.jitter.is_zero() {
            return self.delay;
        }
        // Only exactly rounded arithmetic (no ln, cos, pow): the same draw on every machine.
        let spread = match self.distribution {
            Distribution::Uniform => random.unit() * 2.0 - 1.0,
            // Irwin-Hall: twelve uniforms have variance 1.
            Distribution::Normal => (0..12).map(|_| random.unit()).sum::<f64>() - 6.0,
            // Shape 2, shifted to begin at 0: its mean is 1.
            Distribution::Pareto => (1.0 / (1.0 - random.unit()).sqrt() - 1.0).min(PARETO_MAX),
        };
        let seconds = self.delay.as_secs_f64() + self.jitter.as_secs_f64() * spread;
        // A delay below zero would be a byte before its time.
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
    }
}

impl Path {
    /// The delay of bytes that enter now.
    pub(super) fn draw_delay(&self, random: &mut Random) -> Duration {
        self.latencies.iter().map(|latency| latency.draw(random)).sum()
    }

    /// The largest piece that travels as one.
    pub(super) fn piece(&self) -> usize {
        let paced = self.bytes_per_s.map_or(usize::MAX, |rate| {
            usize::try_from((rate / PACE_STEPS_PER_S).max(1)).unwrap_or(usize::MAX)
        });
        paced.min(self.slice.unwrap_or(usize::MAX))
    }

    /// How long a piece of this length occupies the line.
    pub(super) fn line_time(&self, bytes: usize) -> Duration {
        let Some(rate) = self.bytes_per_s else { return Duration::ZERO };
        let ns = u128::try_from(bytes).unwrap_or(u128::MAX).saturating_mul(1_000_000_000)
            / u128::from(rate.max(1));
        Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
    }

    /// Flips bits in bytes about to travel.
    pub(super) fn corrupt<'a>(&self, bytes: impl Iterator<Item = &'a mut u8>, random: &mut Random) {
        if self.corruptions.is_empty() {
            return;
        }
        for byte in bytes {
            for (p, standing) in &self.corruptions {
                if random.unit() < *p && standing.take_flip() {
                    *byte ^= 1 << (random.below(8));
                }
            }
        }
    }
}
