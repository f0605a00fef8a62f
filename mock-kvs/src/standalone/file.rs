//! The configuration file: TOML, every key optional, unknown keys refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Listen, StandaloneError, read};
use crate::config::{Policies, Quotas, SocketLimits};
use crate::fault::units::Span;

/// What a file may say. `docs/standalone.md` shows one with everything in it, and a test reads it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    pub region: Option<String>,
    pub account: Option<String>,
    pub seed: Option<u64>,
    pub payload_limit: Option<usize>,
    pub message_ttl: Option<Span>,
    pub credentials_valid_for: Option<Span>,
    pub listen: Vec<Listen>,
    pub lan: Option<Ipv4Addr>,
    pub dns_port: Option<u16>,
    pub dns_forward: Option<SocketAddr>,
    pub name: Vec<String>,
    pub plain: bool,
    pub admin: Option<SocketAddr>,
    pub admin_token: Option<String>,
    pub no_admin: bool,
    pub ca_dir: Option<PathBuf>,
    pub ready_file: Option<PathBuf>,
    pub state: Option<PathBuf>,
    pub channel: Vec<ChannelEntry>,
    pub key: Vec<KeyEntry>,
    pub thing: Vec<ThingEntry>,
    pub role_alias: Vec<RoleAliasEntry>,
    pub ice: Ice,
    pub turn: TurnEntry,
    pub policies: Policies,
    pub quotas: Quotas,
    pub socket: SocketLimits,
}

/// A channel to create.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelEntry {
    pub name: String,
    /// `SINGLE_MASTER` or `FULL_MESH`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub message_ttl: Option<Span>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Storage is ENABLED, into this stream.
    pub stream_arn: Option<String>,
}

/// A key to know. What is absent is drawn from the seed.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyEntry {
    pub access_key_id: Option<String>,
    pub secret_access_key: Option<String>,
    pub session_token: Option<String>,
    /// From the start of the mock; for ever when absent.
    pub valid_for: Option<Span>,
}

/// Leaves out the secrets.
impl std::fmt::Debug for KeyEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyEntry").field("valid_for", &self.valid_for).finish_non_exhaustive()
    }
}

/// A device of the IoT credentials provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ThingEntry {
    pub name: String,
}

/// A role alias of the IoT credentials provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleAliasEntry {
    pub name: String,
    pub valid_for: Option<Span>,
    pub things: Option<BTreeSet<String>>,
    pub calls_per_second: Option<u32>,
}

/// What GetIceServerConfig answers.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Ice {
    pub ttl: Option<Span>,
    pub servers: Option<usize>,
}

/// A TURN server that somebody runs.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TurnEntry {
    pub servers: Vec<String>,
    pub secret: Option<String>,
}

/// Leaves out the secret.
impl std::fmt::Debug for TurnEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnEntry").field("servers", &self.servers).finish_non_exhaustive()
    }
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or says what cannot be meant: with line, column and the nearest key.
    pub fn read(path: &Path) -> Result<Self, StandaloneError> {
        let text = read(path)?;
        toml::from_str(&text).map_err(|error| {
            let mut why = error.to_string();
            if let Some(nearest) = nearest(error.message()) {
                // Writing to a text cannot fail.
                let _ = write!(why, "did you mean `{nearest}`?");
            }
            StandaloneError::Config { path: path.to_owned(), why: why.trim_end().to_owned() }
        })
    }
}

/// serde names the unknown word and then the known ones, each in backticks.
fn nearest(message: &str) -> Option<&str> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut words = message.split('`').skip(1).step_by(2);
    let unknown = words.next()?;
    words
        .map(|word| (strsim::damerau_levenshtein(unknown, word), word))
        .min()
        .filter(|(distance, word)| *distance <= 2.max(word.len() / 3))
        .map(|(_, word)| word)
}
