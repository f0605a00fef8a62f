//! What a user must know to connect: on the terminal and in the ready file.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::json;

use super::thing::ThingFiles;
use crate::credentials::IssuedCredentials;
use crate::mock::ChannelHandle;

/// Addresses, files, channels and keys of a running mock. Holds secrets: they are a mock's.
pub(super) struct Summary {
    pub region: String,
    pub is_plain: bool,
    pub listeners: Vec<(String, SocketAddr)>,
    pub admin: Option<SocketAddr>,
    pub ca_file: PathBuf,
    pub channels: Vec<ChannelHandle>,
    pub things: Vec<ThingFiles>,
    pub role_aliases: Vec<String>,
    pub keys: IssuedCredentials,
}

impl Summary {
    fn scheme(&self) -> &'static str {
        if self.is_plain { "http" } else { "https" }
    }

    fn url(&self, address: SocketAddr) -> String {
        format!("{}://{address}", self.scheme())
    }

    /// The content of the ready file. `version` rises when a reader would misunderstand it.
    pub fn json(&self) -> String {
        let listeners: serde_json::Map<_, _> = self
            .listeners
            .iter()
            .map(|(actor, address)| (actor.clone(), self.url(*address).into()))
            .collect();
        let channels: serde_json::Map<_, _> = self
            .channels
            .iter()
            .map(|channel| (channel.name.clone(), channel.arn.clone().into()))
            .collect();
        let things: serde_json::Map<_, _> = self
            .things
            .iter()
            .map(|thing| {
                let files = json!({ "certificate_file": thing.certificate, "key_file": thing.key });
                (thing.name.clone(), files)
            })
            .collect();
        let ready = json!({
            "version": 1,
            "region": self.region,
            "listeners": listeners,
            "admin": self.admin.map(|address| format!("http://{address}")),
            "ca_file": self.ca_file,
            "channels": channels,
            "things": things,
            "role_aliases": self.role_aliases,
            "access_key_id": self.keys.access_key_id,
            "secret_access_key": self.keys.secret_key,
            "session_token": self.keys.session_token,
            "expires_unix_ms": self.keys.expires_unix_ms,
        });
        format!("{ready:#}\n")
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "mock-kvs {} for region {}", env!("CARGO_PKG_VERSION"), self.region)?;
        for (actor, address) in &self.listeners {
            writeln!(f, "  {actor:<9}{}", self.url(*address))?;
        }
        if let Some(admin) = self.admin {
            writeln!(f, "  {:<9}http://{admin}", "admin")?;
        }
        if !self.is_plain {
            writeln!(f, "  {:<9}{}", "CA file", self.ca_file.display())?;
        }
        for channel in &self.channels {
            writeln!(f, "  {:<9}{}  {}", "channel", channel.name, channel.arn)?;
        }
        for thing in &self.things {
            writeln!(f, "  {:<9}{}  {}", "thing", thing.name, thing.certificate.display())?;
        }
        let Some((_, address)) = self.listeners.first() else { return Ok(()) };
        let channel = self.channels.first().map_or("demo", |channel| &channel.name);
        writeln!(f, "\nDescribe the channel with the AWS CLI:\n")?;
        writeln!(f, "  export AWS_ACCESS_KEY_ID={}", self.keys.access_key_id)?;
        writeln!(f, "  export AWS_SECRET_ACCESS_KEY={}", self.keys.secret_key)?;
        if let Some(token) = &self.keys.session_token {
            writeln!(f, "  export AWS_SESSION_TOKEN={token}")?;
        }
        if !self.is_plain {
            writeln!(f, "  export AWS_CA_BUNDLE={}", self.ca_file.display())?;
        }
        writeln!(f, "  aws kinesisvideo describe-signaling-channel --channel-name {channel} \\")?;
        writeln!(f, "      --region {} --endpoint-url {}", self.region, self.url(*address))?;
        if let Some(admin) = self.admin {
            writeln!(f, "\nCut the connection in the middle of the next offer:\n")?;
            writeln!(f, "  curl -H 'content-type: application/json' http://{admin}/rules \\")?;
            writeln!(
                f,
                "      -d '{{\"fault\": \"reset\", \"on\": \"SDP_OFFER\", \"at\": \"50%\"}}'"
            )?;
        }
        writeln!(f, "\nCtrl-C stops it.")
    }
}
