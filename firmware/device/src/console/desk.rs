//! Where values wait until they are complete, and where they go.

use core::net::SocketAddr;

use base64ct::{Base64, Encoding};
use kvs_signaling::Credentials;
use kvs_trace::Value;

use super::command::{Set, Why};
use crate::keys::Keys;
use crate::names::{Names, SUFFIX_MAX};
use crate::provision::{self, Unfit};
use crate::settings::{CA_MAX, Settings};
use crate::text::{Full, Text};

/// Longest key of `set`.
const KEY_MAX: usize = 32;
/// Longest value: the CA in base64. A session token has at most 2,048 bytes.
const VALUE_MAX: usize = CA_MAX.div_ceil(3) * 4;

/// What may be changed only while no session runs.
pub(super) struct Provisioning<'m> {
    pub(super) settings: &'m mut Settings,
    pub(super) names: &'m mut Names,
    pub(super) clock_offset_ms: &'m mut i64,
    pub(super) keys: &'m mut Keys,
}

/// A value in parts, and credentials until `credentials`.
pub(super) struct Desk {
    key: Text<KEY_MAX>,
    parts: u32,
    value: [u8; VALUE_MAX],
    len: usize,
    next: Keys,
}

impl Desk {
    pub(super) const EMPTY: Self =
        Self { key: Text::EMPTY, parts: 0, value: [0; VALUE_MAX], len: 0, next: Keys::EMPTY };

    /// Takes a value or one part of it; parts of one key come in order, without another in
    /// between. Without `provisioning` only secrets can be set.
    pub(super) fn set(
        &mut self,
        set: &Set<'_>,
        provisioning: Option<&mut Provisioning<'_>>,
    ) -> Result<(), Why> {
        let result = self.collect(set);
        if result != Ok(true) {
            if result.is_err() {
                self.clear();
            }
            return result.map(|_| ());
        }
        let result = self.apply(provisioning);
        self.clear();
        result
    }

    /// Makes the secrets set since the last time the current ones. What was not set again is
    /// empty: parts of two sets must never be mixed.
    pub(super) fn take_over<'k>(&mut self, current: &'k mut Keys) -> Result<Credentials<'k>, Why> {
        self.next.as_credentials().ok_or(Why::Value)?;
        *current = core::mem::replace(&mut self.next, Keys::EMPTY);
        current.as_credentials().ok_or(Why::Value)
    }

    /// Appends a part; `true` when it was the last one.
    fn collect(&mut self, set: &Set<'_>) -> Result<bool, Why> {
        if set.part == 1 {
            self.clear();
            self.key = Text::of(set.key).map_err(|Full| Why::Unknown)?;
        } else if set.key != self.key.as_str() || set.part != self.parts + 1 {
            return Err(Why::State);
        }
        for byte in set.value.bytes() {
            *self.value.get_mut(self.len).ok_or(Why::Full)? = byte;
            self.len += 1;
        }
        self.parts = set.part;
        Ok(set.part == set.of)
    }

    fn apply(&mut self, provisioning: Option<&mut Provisioning<'_>>) -> Result<(), Why> {
        let value = self.value.get_mut(..self.len).unwrap_or_default();
        let key = self.key.as_str();
        // Credentials wait for `credentials`, and may come at any time; all else is fixed while a session runs.
        match provision::set_key(&mut self.next, key, value) {
            Err(Unfit::Unknown) => {}
            known => return Ok(known?),
        }
        let Some(Provisioning { settings, .. }) = provisioning else { return Err(Why::State) };
        let value = match key {
            "ca" | "iot.cert" | "secret.iot_key" => {
                Base64::decode_in_place(value).map_err(|_| Why::Value)?
            }
            _ => value,
        };
        Ok(provision::set(settings, key, value)?)
    }

    /// Secrets do not stay behind.
    fn clear(&mut self) {
        self.value.fill(0);
        (self.len, self.parts) = (0, 0);
        self.key.wipe();
    }
}

/// Points names at an address.
pub(super) fn resolve(names: &mut Names, suffix: Value<'_>, to: SocketAddr) -> Result<(), Why> {
    let mut room = [0; SUFFIX_MAX];
    let suffix = suffix.decode(&mut room).ok_or(Why::Value)?;
    names.set(suffix, to).map_err(|Full| Why::Full)
}

/// Breaks the client on purpose (decision 9).
#[cfg(kvs_mutants)]
pub(super) fn mutate(settings: &mut Settings, name: &str) -> Result<(), Why> {
    let mutants = &mut settings.mutants;
    let switch = match name {
        "constant-backoff" => &mut mutants.constant_backoff,
        "ignore-go-away" => &mut mutants.ignore_go_away,
        "no-dedupe" => &mut mutants.no_dedupe,
        "reuse-signed-url" => &mut mutants.reuse_signed_url,
        _ => return Err(Why::Unknown),
    };
    *switch = true;
    Ok(())
}

/// A normal image holds no mutants.
#[cfg(not(kvs_mutants))]
pub(super) fn mutate(_: &mut Settings, _: &str) -> Result<(), Why> {
    Err(Why::Unknown)
}
