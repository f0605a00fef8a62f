//! What a start without options keeps from one to the next, for another program that stands in for
//! such a mock: a firmware that was made for the one trusts the other.

use std::net::IpAddr;
use std::path::Path;

use super::{StandaloneError, authority, keys};
use crate::config::Config;
use crate::credentials::IssuedCredentials;
use crate::mock::Mock;
use crate::standalone::file::KeyEntry;
use crate::tls::{Authority, leaf_names};

/// The authority of `--ca-dir`, made there if there is none, good for a listener at `bind`.
///
/// # Errors
/// When it cannot be read or written, others can read its key, or it is for other names.
pub fn kept_authority(
    dir: &Path,
    region: &str,
    bind: IpAddr,
) -> Result<Authority, StandaloneError> {
    authority(dir, region, &[bind.to_string()], &leaf_names(region, bind, &[]))
}

/// The key that every mock without options, seed 0, gives out; `mock` knows it from now on.
pub fn kept_key(mock: &Mock) -> IssuedCredentials {
    keys::ready(mock, Config::default().seed, 0, &KeyEntry::default())
}
