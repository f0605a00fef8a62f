//! What each condition and each cut looks like on the wire: over loopback TCP and in memory.

mod allocation;
mod bandwidth;
mod black_hole;
mod corrupt;
mod cut;
mod ends;
mod integrity;
mod latency;
mod orphan;
mod proxy;
mod refuse;
mod silence;
mod slice;
mod stall;
mod support;
mod timer;
