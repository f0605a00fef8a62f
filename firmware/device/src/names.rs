//! Where names point when a name service would not do: `suffix -> address` (decision 11).

use core::net::SocketAddr;

use crate::text::{Full, Text};

/// Entries: control plane, data plane, the name forms of two regions.
pub const NAMES_MAX: usize = 8;
/// Longest suffix kept; AWS's own host names stay below 100 bytes.
pub const SUFFIX_MAX: usize = 128;

/// The override table. It lives in the device, so that every port has it without effort; a port
/// only connects to the address it is given and keeps the name for SNI and `Host`.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    entries: [Option<(Text<SUFFIX_MAX>, SocketAddr)>; NAMES_MAX],
}

impl Names {
    /// No overrides.
    pub const EMPTY: Self = Self { entries: [None; NAMES_MAX] };

    /// Sends every name that ends in `suffix` to `address`; replaces an equal suffix.
    ///
    /// # Errors
    /// [`Full`] when the table is, or the suffix is too long.
    pub fn set(&mut self, suffix: &str, address: SocketAddr) -> Result<(), Full> {
        let entry = (Text::of(suffix)?, address);
        let same = self.entries.iter().position(|slot| {
            slot.as_ref().is_some_and(|(known, _)| known.as_str().eq_ignore_ascii_case(suffix))
        });
        let free = || self.entries.iter().position(Option::is_none);
        let index = same.or_else(free).ok_or(Full)?;
        *self.entries.get_mut(index).ok_or(Full)? = Some(entry);
        Ok(())
    }

    /// The address of the longest suffix of `host`. A suffix matches whole labels: `b.c` matches
    /// `b.c` and `a.b.c`, not `xb.c`; an empty one matches every name.
    pub fn find(&self, host: &str) -> Option<SocketAddr> {
        self.entries
            .iter()
            .flatten()
            .filter(|(suffix, _)| ends_in(host, suffix.as_str()))
            .max_by_key(|(suffix, _)| suffix.as_str().len())
            .map(|(_, address)| *address)
    }
}

fn ends_in(host: &str, suffix: &str) -> bool {
    let suffix = suffix.strip_prefix('.').unwrap_or(suffix);
    let Some(cut) = host.len().checked_sub(suffix.len()) else { return false };
    let Some((head, tail)) = host.split_at_checked(cut) else { return false };
    tail.eq_ignore_ascii_case(suffix)
        && (head.is_empty() || suffix.is_empty() || head.ends_with('.'))
}
