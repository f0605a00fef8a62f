//! GetIceServerConfig: TURN servers with credentials that expire: those of a server that somebody
//! runs, or else of servers that nobody does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha1::Sha1;

use super::error::{ErrorType, ServiceError};
use super::{Service, shape};
use crate::change::ChannelStatus;
use crate::clock::Now;
use crate::config::Turn;
use crate::partition::Partition;
use crate::random::HEX;

/// Passwords remembered: a client that lets one out does it again with each list it fetches.
const PASSWORDS_KEPT: usize = 64;

/// One entry of IceServerList.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IceServer {
    uris: Vec<String>,
    username: String,
    password: String,
    ttl: u32,
}

/// GetIceServerConfig's input.
#[derive(Clone, Copy, Debug)]
pub struct AskIce<'a> {
    /// ChannelARN.
    pub arn: &'a str,
    /// ClientId.
    pub client_id: Option<&'a str>,
    /// Service.
    pub service: Option<&'a str>,
    /// Username.
    pub username: Option<&'a str>,
}

impl Service {
    /// GetIceServerConfig: as in users' logs, two servers of three URIs each (spec §1.4).
    ///
    /// # Errors
    /// Members outside the model, or no such channel. An empty ClientId is let through: AWS's C
    /// SDK sends one.
    pub fn ice_servers(
        &mut self,
        now: Now,
        asked: &AskIce<'_>,
    ) -> Result<Vec<IceServer>, ServiceError> {
        shape::require_arn(asked.arn)?;
        if let Some(client_id) = asked.client_id.filter(|id| !id.is_empty()) {
            shape::require_name(client_id, "clientId")?;
        }
        if let Some(other) = asked.service.filter(|service| *service != "TURN") {
            let values = "Member must satisfy enum value set: [TURN]";
            return Err(shape::violates(other, "service", values));
        }
        match self.channels.get(asked.arn).map(|channel| channel.status) {
            Some(ChannelStatus::Active) => {}
            Some(ChannelStatus::Creating | ChannelStatus::Updating | ChannelStatus::Deleting)
            | None => return Err(ServiceError::channel_not_found()),
        }
        if let Some(turn) = self.settings.turn.clone() {
            let name = asked.username.or(asked.client_id).filter(|name| !name.is_empty());
            return Ok(vec![self.own_turn_server(now, turn, name.unwrap_or("mock-kvs"))]);
        }
        Ok((0..self.settings.ice_servers).map(|_| self.turn_server()).collect())
    }

    /// The TURN passwords handed out last: what no client may let out.
    pub(crate) fn turn_passwords(&self) -> impl Iterator<Item = &str> {
        self.turn_passwords.iter().map(String::as_str)
    }

    /// Credentials as coturn's `use-auth-secret` checks them: good until the moment in the user name,
    /// by the service's clock.
    fn own_turn_server(&mut self, now: Now, turn: Turn, name: &str) -> IceServer {
        let ttl = self.settings.ice_ttl_s;
        let username = format!("{}:{name}", now.wall_ms / 1000 + u64::from(ttl));
        let password = STANDARD.encode(hmac_sha1(turn.secret.as_bytes(), username.as_bytes()));
        self.keep_password(&password);
        IceServer { uris: turn.uris, username, password, ttl }
    }

    fn keep_password(&mut self, password: &str) {
        if self.turn_passwords.len() == PASSWORDS_KEPT {
            self.turn_passwords.pop_front();
        }
        self.turn_passwords.push_back(password.to_owned());
    }

    fn turn_server(&mut self) -> IceServer {
        let region = &self.settings.region;
        let id = self.random.text(8, HEX);
        let host = format!("t-{id}.kinesisvideo.{region}.{}:443", Partition::of(region).suffix);
        let password = self.random.text(44, HEX);
        self.keep_password(&password);
        IceServer {
            uris: vec![
                format!("turn:{host}?transport=udp"),
                format!("turns:{host}?transport=udp"),
                format!("turns:{host}?transport=tcp"),
            ],
            username: self.random.text(40, HEX),
            password,
            ttl: self.settings.ice_ttl_s,
        }
    }
}

fn hmac_sha1(key: &[u8], text: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length, so the empty answer cannot be.
    Hmac::<Sha1>::new_from_slice(key)
        .map_or_else(|_| Vec::new(), |mac| mac.chain_update(text).finalize().into_bytes().to_vec())
}

/// A viewer's id in ConnectAsViewer: a ClientId that does not start with `AWS_` (spec §1.2).
pub(super) fn require_connecting_id(client_id: &str) -> Result<(), ServiceError> {
    shape::require_name(client_id, "clientId")?;
    if client_id.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("AWS_")) {
        let text = "ClientId must not start with AWS_.";
        return Err(ServiceError::new(ErrorType::InvalidArgument, text));
    }
    Ok(())
}
