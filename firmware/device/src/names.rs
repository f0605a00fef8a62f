//! Where names point when a name service would not do: `suffix -> address` (decision 11).

use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use crate::text::{Full, Text};

/// Entries: control plane, data plane, the name forms of two regions.
pub const NAMES_MAX: usize = 8;
/// Longest suffix kept; AWS's own host names stay below 100 bytes.
pub const SUFFIX_MAX: usize = 128;

/// The override table. It lives in the device, so that every port has it without effort; a port
/// only connects to the address it is given and keeps the name for SNI and `Host`.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// The first `len` count.
    entries: [(Text<SUFFIX_MAX>, SocketAddr); NAMES_MAX],
    len: usize,
}

/// Of an entry that does not count. All zeros: memory of it takes no flash.
const NOWHERE: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0));

impl Names {
    /// No overrides.
    pub const EMPTY: Self = Self { entries: [(Text::EMPTY, NOWHERE); NAMES_MAX], len: 0 };

    /// Sends every name that ends in `suffix` to `address`; replaces an equal suffix.
    ///
    /// # Errors
    /// [`Full`] when the table is, or the suffix is too long.
    pub fn set(&mut self, suffix: &str, address: SocketAddr) -> Result<(), Full> {
        let entry = (Text::of(suffix)?, address);
        let is_same = |(known, _): &(Text<SUFFIX_MAX>, SocketAddr)| {
            known.as_str().eq_ignore_ascii_case(suffix)
        };
        let index = self.known().iter().position(is_same).unwrap_or(self.len);
        *self.entries.get_mut(index).ok_or(Full)? = entry;
        self.len = self.len.max(index + 1);
        Ok(())
    }

    /// The address of the longest suffix of `host`. A suffix matches whole labels: `b.c` matches
    /// `b.c` and `a.b.c`, not `xb.c`; an empty one matches every name.
    pub fn find(&self, host: &str) -> Option<SocketAddr> {
        self.known()
            .iter()
            .filter(|(suffix, _)| ends_in(host, suffix.as_str()))
            .max_by_key(|(suffix, _)| suffix.as_str().len())
            .map(|(_, address)| *address)
    }

    /// Those that were set.
    pub(crate) fn known(&self) -> &[(Text<SUFFIX_MAX>, SocketAddr)] {
        self.entries.get(..self.len).unwrap_or_default()
    }
}

fn ends_in(host: &str, suffix: &str) -> bool {
    let suffix = suffix.strip_prefix('.').unwrap_or(suffix);
    let Some(cut) = host.len().checked_sub(suffix.len()) else { return false };
    let Some((head, tail)) = host.split_at_checked(cut) else { return false };
    tail.eq_ignore_ascii_case(suffix)
        && (head.is_empty() || suffix.is_empty() || head.ends_with('.'))
}
