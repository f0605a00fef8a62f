//! What is tried with a board that says nothing, from gentle to rough.

use std::time::Duration;

#[cfg(feature = "boards")]
use super::{Reset, site::Site, wire::Deed};

/// One thing to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rung {
    /// Pull its reset line once more.
    Reset,
    /// Wait for its own watchdog.
    Watchdog,
    /// Close the port and open it anew, as after pulling the cable.
    Reopen,
    /// Switch its supply off and on.
    Power,
}

impl Rung {
    /// Those that can be tried here, in order.
    #[cfg(feature = "boards")]
    pub(super) fn of(site: &Site) -> Vec<Self> {
        let lines = match site.reset {
            Reset::DtrRts | Reset::Usb => true,
            Reset::None => false,
        };
        let mut rungs = Vec::new();
        if lines {
            rungs.push(Self::Reset);
        }
        rungs.push(Self::Watchdog);
        if lines {
            rungs.push(Self::Reopen);
        }
        if !site.power.is_empty() {
            rungs.push(Self::Power);
        }
        rungs
    }

    /// In reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Watchdog => "watchdog",
            Self::Reopen => "reopen",
            Self::Power => "power",
        }
    }

    /// What is done; nothing but waiting for the watchdog.
    #[cfg(feature = "boards")]
    pub(super) const fn deed(self) -> Option<Deed> {
        match self {
            Self::Reset => Some(Deed::Restart),
            Self::Watchdog => None,
            Self::Reopen => Some(Deed::Reopen),
            Self::Power => Some(Deed::Cycle),
        }
    }

    /// How long the board may take to say hello afterwards.
    pub const fn patience(self) -> Duration {
        match self {
            Self::Reset | Self::Reopen => Duration::from_secs(5),
            // Longer than the watchdogs of our images (16 s) and of ESP-IDF's defaults (5 s).
            Self::Watchdog => Duration::from_secs(20),
            Self::Power => Duration::from_secs(10),
        }
    }
}
