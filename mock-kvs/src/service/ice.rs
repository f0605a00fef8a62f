//! GetIceServerConfig: TURN servers that nobody runs, with credentials that expire.

use serde::Serialize;

use super::error::{ErrorType, ServiceError};
use super::{Service, shape};
use crate::change::ChannelStatus;
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

impl Service {
    /// GetIceServerConfig: as in users' logs, two servers of three URIs each (spec §1.4).
    ///
    /// # Errors
    /// Members outside the model, or no such channel. An empty ClientId is let through: AWS's C
    /// SDK sends one.
    pub fn ice_servers(
        &mut self,
        arn: &str,
        client_id: Option<&str>,
        service: Option<&str>,
    ) -> Result<Vec<IceServer>, ServiceError> {
        shape::require_arn(arn)?;
        if let Some(client_id) = client_id.filter(|id| !id.is_empty()) {
            shape::require_name(client_id, "clientId")?;
        }
        if let Some(other) = service.filter(|service| *service != "TURN") {
            let values = "Member must satisfy enum value set: [TURN]";
            return Err(shape::violates(other, "service", values));
        }
        match self.channels.get(arn).map(|channel| channel.status) {
            Some(ChannelStatus::Active) => {}
            Some(ChannelStatus::Creating | ChannelStatus::Updating | ChannelStatus::Deleting)
            | None => return Err(ServiceError::channel_not_found()),
        }
        Ok((0..self.settings.ice_servers).map(|_| self.turn_server()).collect())
    }

    /// The TURN passwords handed out last: what no client may let out.
    pub(crate) fn turn_passwords(&self) -> impl Iterator<Item = &str> {
        self.turn_passwords.iter().map(String::as_str)
    }

    fn turn_server(&mut self) -> IceServer {
        let region = &self.settings.region;
        let id = self.random.text(8, HEX);
        let host = format!("t-{id}.kinesisvideo.{region}.amazonaws.com:443");
        let password = self.random.text(44, HEX);
        if self.turn_passwords.len() == PASSWORDS_KEPT {
            self.turn_passwords.pop_front();
        }
        self.turn_passwords.push_back(password.clone());
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

/// A viewer's id in ConnectAsViewer: a ClientId that does not start with `AWS_` (spec §1.2).
pub(super) fn require_connecting_id(client_id: &str) -> Result<(), ServiceError> {
    shape::require_name(client_id, "clientId")?;
    if client_id.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("AWS_")) {
        let text = "ClientId must not start with AWS_.";
        return Err(ServiceError::new(ErrorType::InvalidArgument, text));
    }
    Ok(())
}
