//! What can stand on a link, and what it adds up to in one direction.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

pub use crate::fault::spec::{Distribution, Toward};

/// The rule that something on a link belongs to, chosen by whoever sets it; healing goes by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u64);

/// One direction of travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the service to the device: what the service writes.
    Device,
    /// From the device to the service: what the service reads.
    Service,
}

impl Toward {
    /// Whether bytes of this direction are meant.
    #[must_use]
    pub const fn includes(self, direction: Direction) -> bool {
        match (self, direction) {
            (Self::Both, _)
            | (Self::Device, Direction::Device)
            | (Self::Service, Direction::Service) => true,
            (Self::Device, Direction::Service) | (Self::Service, Direction::Device) => false,
        }
    }
}

/// Something that stands on a link until it is healed. Several at once act like hops in a row:
/// delays add up, the narrowest bandwidth and the smallest slice hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Each byte arrives this much later, in order.
    Latency(Latency),
    /// At most so many bytes per second pass, per connection.
    Bandwidth {
        /// The rate; at least 1.
        bytes_per_s: u64,
    },
    /// Bytes arrive in pieces.
    Slice {
        /// The largest piece; at least 1.
        bytes: usize,
        /// The time between two pieces.
        apart: Duration,
    },
    /// Single bits are flipped.
    Corrupt {
        /// The probability per byte.
        p: f64,
        /// How many bits in all, over all connections.
        at_most: Option<u64>,
    },
    /// The end of the stream comes this much later than the bytes before it.
    LateFin {
        /// How much.
        by: Duration,
    },
    /// Bytes are held, and let go when healed.
    Stall,
    /// Bytes are swallowed, while the kernel acknowledges them.
    BlackHole,
    /// New connections are refused. Has no direction.
    Refuse,
    /// New connections are accepted and never answered, as long as they live. Has no direction.
    AcceptSilence,
}

/// How much later bytes arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// The nominal delay.
    pub delay: Duration,
    /// Its spread; zero for a constant delay.
    pub jitter: Duration,
    /// How the spread is distributed.
    pub distribution: Distribution,
}

impl Latency {
    /// A delay that never varies.
    #[must_use]
    pub const fn constant(delay: Duration) -> Self {
        Self { delay, jitter: Duration::ZERO, distribution: Distribution::Uniform }
    }
}

/// A condition in force, on all connections of a listener or on one.
#[derive(Debug)]
pub(super) struct Standing {
    /// None: cannot be healed (the silence of one connection).
    pub tag: Option<Tag>,
    pub toward: Toward,
    pub condition: Condition,
    // Whether its first effect was reported.
    reported: AtomicBool,
    // Bits that a corruption may still flip.
    flips_left: AtomicU64,
}

impl Standing {
    pub(super) fn new(tag: Option<Tag>, toward: Toward, condition: Condition) -> Arc<Self> {
        let flips = match condition {
            Condition::Corrupt { at_most: Some(most), .. } => most,
            Condition::Corrupt { at_most: None, .. }
            | Condition::Latency(_)
            | Condition::Bandwidth { .. }
            | Condition::Slice { .. }
            | Condition::LateFin { .. }
            | Condition::Stall
            | Condition::BlackHole
            | Condition::Refuse
            | Condition::AcceptSilence => u64::MAX,
        };
        let (reported, flips_left) = (AtomicBool::new(false), AtomicU64::new(flips));
        Arc::new(Self { tag, toward, condition, reported, flips_left })
    }

    /// True once: the first time the condition affects anything.
    pub(super) fn first_effect(&self) -> bool {
        !self.reported.load(Ordering::Relaxed) && !self.reported.swap(true, Ordering::Relaxed)
    }

    /// Takes one of the flips that a corruption may still make.
    pub(super) fn take_flip(&self) -> bool {
        let take = |left: u64| left.checked_sub(1);
        self.flips_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

/// All that stands in one direction of one connection, folded.
#[derive(Debug, Default)]
pub(super) struct Path {
    pub stall: bool,
    pub hole: bool,
    pub latencies: Vec<Latency>,
    pub bytes_per_s: Option<u64>,
    pub slice: Option<usize>,
    pub apart: Duration,
    pub fin_delay: Duration,
    pub corruptions: Vec<(f64, Arc<Standing>)>,
    /// What stands here, to report its first effect.
    pub standing: Vec<Arc<Standing>>,
}

impl Path {
    pub(super) fn fold<'a>(
        all: impl Iterator<Item = &'a Arc<Standing>>,
        direction: Direction,
    ) -> Self {
        let mut path = Self::default();
        for standing in all.filter(|standing| standing.toward.includes(direction)) {
            match &standing.condition {
                Condition::Latency(latency) => path.latencies.push(*latency),
                Condition::Bandwidth { bytes_per_s } => {
                    let narrowest = path.bytes_per_s.unwrap_or(u64::MAX);
                    path.bytes_per_s = Some(narrowest.min(*bytes_per_s).max(1));
                }
                Condition::Slice { bytes, apart } => {
                    path.slice = Some(path.slice.unwrap_or(usize::MAX).min(*bytes).max(1));
                    path.apart = path.apart.max(*apart);
                }
                Condition::LateFin { by } => path.fin_delay += *by,
                Condition::Corrupt { p, .. } => path.corruptions.push((*p, standing.clone())),
                Condition::Stall => path.stall = true,
                Condition::BlackHole => path.hole = true,
                Condition::Refuse | Condition::AcceptSilence => continue,
            }
            path.standing.push(standing.clone());
        }
        path
    }

    /// Whether nothing stands here.
    pub(super) const fn is_clear(&self) -> bool {
        self.standing.is_empty()
    }
}
