//! The current credentials, in lent memory.

use crate::event::Credentials;
use crate::time::UnixTime;
use crate::wire::span::Span;

/// What the provider gave last, and whether it may be used.
pub(crate) struct Keyring<'buf> {
    buf: &'buf mut [u8],
    key_id: Span,
    secret: Span,
    token: Span,
    expires: Option<UnixTime>,
    refused: bool,
}

impl<'buf> Keyring<'buf> {
    pub(crate) fn new(buf: &'buf mut [u8]) -> Self {
        Self {
            buf,
            key_id: Span::EMPTY,
            secret: Span::EMPTY,
            token: Span::EMPTY,
            expires: None,
            refused: false,
        }
    }

    /// Copies a set; `false` when it is empty or does not fit, and then the old one stays.
    #[must_use]
    pub(crate) fn take(&mut self, set: &Credentials<'_>) -> bool {
        let parts = [set.access_key_id, set.secret_key, set.session_token];
        let total: usize = parts.iter().map(|part| part.len()).sum();
        let usable = !set.access_key_id.is_empty() && !set.secret_key.is_empty();
        let Some(room) = self.buf.get_mut(..total).filter(|_| usable) else {
            return false;
        };
        for (to, from) in room.iter_mut().zip(parts.iter().flat_map(|part| part.bytes())) {
            *to = from;
        }
        let secret_at = set.access_key_id.len();
        let token_at = secret_at + set.secret_key.len();
        self.key_id = Span::new(0, secret_at);
        self.secret = Span::new(secret_at, token_at);
        self.token = Span::new(token_at, total);
        self.expires = set.expires;
        self.refused = false;
        true
    }

    /// The service refused what was signed with this set.
    pub(crate) fn refuse(&mut self) {
        self.refused = true;
    }

    /// The set, unless there is none, it was refused, or it ends within `grace_ms` of `time`. While
    /// the time is unknown, any set may be good.
    pub(crate) fn usable(&self, time: Option<UnixTime>, grace_ms: u32) -> Option<Credentials<'_>> {
        let present = !self.key_id.is_empty() && !self.refused;
        let lasts = match (self.expires, time) {
            (Some(end), Some(time)) => end.0 >= time.0.saturating_add(u64::from(grace_ms)),
            (Some(_) | None, _) => true,
        };
        (present && lasts).then(|| Credentials {
            access_key_id: self.key_id.text(self.buf),
            secret_key: self.secret.text(self.buf),
            session_token: self.token.text(self.buf),
            expires: self.expires,
        })
    }

    /// When the set ends; `None` when it does not, or there is none.
    pub(crate) fn expires(&self) -> Option<UnixTime> {
        self.expires.filter(|_| !self.key_id.is_empty())
    }
}
