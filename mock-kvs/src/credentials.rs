//! The access keys the service knows.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Now, millis};
use crate::digest::Fingerprint;
use crate::random::{BASE64, Random, UPPER};

/// One set of credentials, as handed to a client.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedCredentials {
    /// `AKIA…` for long-term keys, `ASIA…` for temporary ones, as AWS names them.
    pub access_key_id: String,
    /// The secret key.
    pub secret_key: String,
    /// Present with temporary keys.
    pub session_token: Option<String>,
    /// When they expire, by the service's wall clock; long-term keys never do.
    pub expires_unix_ms: Option<u64>,
}

impl IssuedCredentials {
    /// New ones: temporary when `valid_for` is given.
    pub(crate) fn draw(random: &mut Random, wall_ms: u64, valid_for: Option<Duration>) -> Self {
        let prefix = if valid_for.is_some() { "ASIA" } else { "AKIA" };
        Self {
            access_key_id: format!("{prefix}{}", random.text(16, UPPER)),
            secret_key: random.text(40, BASE64),
            session_token: valid_for.map(|_| random.text(SESSION_TOKEN_CHARS, BASE64)),
            expires_unix_ms: valid_for.map(|valid| wall_ms.saturating_add(millis(valid))),
        }
    }
}

/// Leaves out the secrets.
impl fmt::Debug for IssuedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedCredentials")
            .field("key", &Fingerprint::of(self.access_key_id.as_bytes()))
            .field("expires_unix_ms", &self.expires_unix_ms)
            .finish_non_exhaustive()
    }
}

/// Every issued key.
#[derive(Debug)]
pub(crate) struct Keys {
    known: BTreeMap<String, Known>,
    random: Random,
    /// Rises with every change.
    pub(crate) revision: u64,
}

#[derive(Debug)]
struct Known {
    credentials: IssuedCredentials,
    expiry_noted: bool,
}

/// Real session tokens have several hundred characters; clients' buffers should meet that.
const SESSION_TOKEN_CHARS: usize = 640;

impl Keys {
    pub(crate) fn new(seed: u64) -> Self {
        let random = Random::new(seed, "credentials");
        Self { known: BTreeMap::new(), random, revision: 0 }
    }

    pub(crate) fn issue(&mut self, now: Now, valid_for: Option<Duration>) -> IssuedCredentials {
        let credentials = IssuedCredentials::draw(&mut self.random, now.wall_ms, valid_for);
        self.add(credentials.clone());
        credentials
    }

    /// Credentials made elsewhere are known from now on.
    pub(crate) fn add(&mut self, credentials: IssuedCredentials) {
        self.revision += 1;
        let id = credentials.access_key_id.clone();
        self.known.insert(id, Known { credentials, expiry_noted: false });
    }

    /// Every key, and where the next ones come from.
    pub(crate) fn dump(&self) -> (Vec<IssuedCredentials>, String) {
        let keys = self.known.values().map(|known| known.credentials.clone());
        (keys.collect(), self.random.mark())
    }

    /// Takes the place of every key that was there.
    pub(crate) fn restore(&mut self, keys: Vec<IssuedCredentials>, random: Random) {
        self.known.clear();
        self.random = random;
        keys.into_iter().for_each(|key| self.add(key));
        self.revision += 1;
    }

    pub(crate) fn find(&self, access_key_id: &str) -> Option<&IssuedCredentials> {
        self.known.get(access_key_id).map(|known| &known.credentials)
    }

    /// Ends temporary credentials, all or one; the number of those that fit.
    pub(crate) fn expire(&mut self, now: Now, key: Option<&str>) -> usize {
        self.revision += 1;
        let mut count = 0;
        for (_, known) in self.known.iter_mut().filter(|(id, _)| key.is_none_or(|key| key == *id)) {
            if let Some(expires) = &mut known.credentials.expires_unix_ms {
                *expires = (*expires).min(now.wall_ms);
                count += 1;
            }
        }
        count
    }

    /// Forgets keys, all or one; the number of those that fit.
    pub(crate) fn revoke(&mut self, key: Option<&str>) -> usize {
        self.revision += 1;
        let before = self.known.len();
        self.known.retain(|id, _| key.is_some_and(|key| key != id));
        before - self.known.len()
    }

    /// The keys that expired since the last time this was asked.
    pub(crate) fn newly_expired(&mut self, now: Now) -> Vec<Fingerprint> {
        let mut expired = Vec::new();
        for known in self.known.values_mut().filter(|known| !known.expiry_noted) {
            if known.credentials.expires_unix_ms.is_some_and(|expires| expires <= now.wall_ms) {
                known.expiry_noted = true;
                expired.push(Fingerprint::of(known.credentials.access_key_id.as_bytes()));
            }
        }
        expired
    }

    /// When the next key expires, by the service's wall clock.
    pub(crate) fn next_expiry_ms(&self) -> Option<u64> {
        self.known
            .values()
            .filter(|known| !known.expiry_noted)
            .filter_map(|known| known.credentials.expires_unix_ms)
            .min()
    }
}
