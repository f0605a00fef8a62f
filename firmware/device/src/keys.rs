//! Credentials that a device keeps.

use kvs_signaling::{Credentials, UnixTime};

use crate::text::Text;

/// One set of credentials.
pub(crate) struct Keys {
    pub(crate) access_key_id: Text<128>,
    pub(crate) secret_key: Text<128>,
    pub(crate) session_token: Text<2_048>,
    /// 0 = never.
    pub(crate) expires_unix_s: u64,
}

impl Keys {
    pub(crate) const EMPTY: Self = Self {
        access_key_id: Text::EMPTY,
        secret_key: Text::EMPTY,
        session_token: Text::EMPTY,
        expires_unix_s: 0,
    };

    /// For a session; none while they were never complete.
    pub(crate) fn as_credentials(&self) -> Option<Credentials<'_>> {
        Some(Credentials {
            access_key_id: self.access_key_id.given()?,
            secret_key: self.secret_key.given()?,
            session_token: self.session_token.as_str(),
            expires: (self.expires_unix_s > 0)
                .then(|| UnixTime(self.expires_unix_s.saturating_mul(1_000))),
        })
    }
}
