//! The current ICE servers, packed into lent memory.
//!
//! A new list replaces the old one only once it is parsed whole. The C SDK clears its list first, and
//! a failed refresh leaves it with none; and each offer it sends moves the expiry on (spec §5.7).

use crate::call::ice_config::IceConfig;
use crate::config::{ICE_URIS_MAX, Policy};
use crate::event::IceServer;
use crate::time::Instant;

/// Never refreshed more often than this, however short the service's time to live.
const SPACING_MS: u64 = 1_000;

/// The list, as the service gave it last.
pub(super) struct IceList<'buf> {
    buf: &'buf mut [u8],
    len: usize,
    fetched: Option<Instant>,
    ttl_s: u32,
    /// The service said that the list is no good any more.
    stale: bool,
}

impl<'buf> IceList<'buf> {
    pub(super) fn new(buf: &'buf mut [u8]) -> Self {
        Self { buf, len: 0, fetched: None, ttl_s: 0, stale: false }
    }

    /// Takes over a list. Returns how many servers fitted.
    pub(super) fn set(&mut self, config: &IceConfig<'_>, now: Instant) -> usize {
        (self.len, self.fetched, self.ttl_s, self.stale) = (0, Some(now), config.ttl_s(), false);
        config.servers().iter().filter(|server| self.append(server).is_some()).count()
    }

    /// RECONNECT_ICE_SERVER.
    pub(super) fn invalidate(&mut self) {
        self.stale = true;
    }

    /// When to refresh it; at once when there is none.
    pub(super) fn due(&self, policy: &Policy) -> Instant {
        match self.fetched {
            Some(fetched) if !self.stale => {
                let ttl_ms = u64::from(self.ttl_s) * 1_000;
                let early = ttl_ms.saturating_sub(u64::from(policy.ice_grace_ms));
                fetched.plus(early.max(SPACING_MS))
            }
            Some(_) | None => Instant(0),
        }
    }

    /// The servers that have not expired.
    pub(super) fn servers(&self, now: Instant) -> IceServers<'_> {
        let age_ms = self.fetched.map_or(u64::MAX, |fetched| now.since(fetched));
        IceServers { rest: self.buf.get(..self.len).unwrap_or_default(), age_ms }
    }

    fn append(&mut self, server: &IceServer<'_>) -> Option<()> {
        let mut packer = Packer { room: self.buf.get_mut(self.len..)?, len: 0 };
        packer.put(&server.ttl_s.to_le_bytes())?;
        packer.put(&[u8::try_from(server.uri_count).ok()?])?;
        for uri in server.uris.iter().take(server.uri_count) {
            packer.text(uri)?;
        }
        packer.text(server.username)?;
        packer.text(server.password)?;
        self.len += packer.len;
        Some(())
    }
}

struct Packer<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl Packer<'_> {
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.len.checked_add(bytes.len())?;
        self.room.get_mut(self.len..end)?.copy_from_slice(bytes);
        self.len = end;
        Some(())
    }

    fn text(&mut self, text: &str) -> Option<()> {
        self.put(&u16::try_from(text.len()).ok()?.to_le_bytes())?;
        self.put(text.as_bytes())
    }
}

/// The current ICE servers; see [`crate::Session::ice_servers`].
#[derive(Clone)]
pub struct IceServers<'s> {
    rest: &'s [u8],
    age_ms: u64,
}

impl<'s> IceServers<'s> {
    /// How long ago the service gave them, begun seconds included.
    pub(super) fn age_s(&self) -> u32 {
        u32::try_from(self.age_ms.div_ceil(1_000)).unwrap_or(u32::MAX)
    }

    fn take(&mut self, n: usize) -> Option<&'s [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<&'s str> {
        let len = u16::from_le_bytes(self.take(2)?.try_into().ok()?);
        core::str::from_utf8(self.take(usize::from(len))?).ok()
    }

    fn server(&mut self) -> Option<IceServer<'s>> {
        let ttl_s = u32::from_le_bytes(self.take(4)?.try_into().ok()?);
        let uri_count = usize::from(*self.take(1)?.first()?);
        let mut uris = [""; ICE_URIS_MAX];
        for uri in uris.get_mut(..uri_count)? {
            *uri = self.text()?;
        }
        let (username, password) = (self.text()?, self.text()?);
        Some(IceServer { uris, uri_count, username, password, ttl_s })
    }
}

impl<'s> Iterator for IceServers<'s> {
    type Item = IceServer<'s>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let server = self.server()?;
            if self.age_ms < u64::from(server.ttl_s) * 1_000 {
                return Some(server);
            }
        }
    }
}
