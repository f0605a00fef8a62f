//! The service that a foreign firmware was made for: nobody can tell it another.

use std::net::{IpAddr, Ipv4Addr};

use mock_kvs::Authority;
use mock_kvs::standalone::kept_authority;

use crate::bench::MadeFor;
use crate::board::BoardError;

/// What such a firmware carries in it; `scenario mock --lan` with the same settings is the same to it.
#[derive(Clone, Debug)]
pub struct Stock {
    /// Whom it trusts.
    pub authority: Authority,
    /// Where it connects.
    pub port: u16,
    /// Its channel's name.
    pub channel: String,
    /// Its region.
    pub region: String,
}

impl Stock {
    /// What `made_for` says, at this machine's address `host`.
    ///
    /// # Errors
    /// When the authority that it trusts cannot be used.
    pub fn of(made_for: &MadeFor, host: Ipv4Addr) -> Result<Self, BoardError> {
        let MadeFor { port, channel, region, ca_dir } = made_for.clone();
        let authority = kept_authority(&ca_dir, &region, IpAddr::V4(host));
        let authority = authority.map_err(|error| BoardError(error.to_string()))?;
        Ok(Self { authority, port, channel, region })
    }
}
