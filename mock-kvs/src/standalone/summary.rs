//! What a user must know to connect: on the terminal and in the ready file.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::json;

use super::lan::{Advice, Served};
use super::thing::ThingFiles;
use crate::admin::AdminListener;
use crate::credentials::IssuedCredentials;
use crate::mock::ChannelHandle;

/// Addresses, files, channels and keys of a running mock. Holds secrets: they are a mock's.
pub(super) struct Summary {
    pub region: String,
    pub is_plain: bool,
    pub listeners: Vec<(String, SocketAddr)>,
    pub admin: Option<AdminListener>,
    pub lan: Option<Served>,
    pub ca_file: PathBuf,
    pub channels: Vec<ChannelHandle>,
    pub things: Vec<ThingFiles>,
    pub role_aliases: Vec<String>,
    /// At least one; the first is the one shown.
    pub keys: Vec<IssuedCredentials>,
}

impl Summary {
    fn scheme(&self) -> &'static str {
        if self.is_plain { "http" } else { "https" }
    }

    fn url(&self, address: SocketAddr) -> String {
        format!("{}://{address}", self.scheme())
    }

    /// The content of the ready file. `version` rises when a reader would misunderstand it.
    pub fn json(&self, ca_pem: &str) -> String {
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
        let key = |key: &IssuedCredentials| {
            json!({
                "access_key_id": key.access_key_id,
                "secret_access_key": key.secret_key,
                "session_token": key.session_token,
                "expires_unix_ms": key.expires_unix_ms,
            })
        };
        let keys: Vec<_> = self.keys.iter().map(key).collect();
        // A client that needs one of each takes these; the rest is for those that need more.
        let shown = keys.first().cloned().unwrap_or_default();
        let ready = json!({
            "version": 1,
            "url": self.listeners.first().map(|(_, address)| self.url(*address)),
            "region": self.region,
            "channel_name": self.channels.first().map(|channel| &channel.name),
            "channel_arn": self.channels.first().map(|channel| &channel.arn),
            "listeners": listeners,
            "admin": self.admin.as_ref().map(AdminListener::url),
            "admin_token": self.admin.as_ref().and_then(|admin| admin.token.as_ref()),
            "names": self.lan.as_ref().map(|lan| lan.names),
            "ca_file": self.ca_file,
            "ca_pem": ca_pem,
            "channels": channels,
            "things": things,
            "role_aliases": self.role_aliases,
            "keys": keys,
            "access_key_id": shown["access_key_id"],
            "secret_access_key": shown["secret_access_key"],
            "session_token": shown["session_token"],
            "expires_unix_ms": shown["expires_unix_ms"],
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
        if let Some(admin) = &self.admin {
            writeln!(f, "  {:<9}{}", "admin", admin.url())?;
            if let Some(token) = &admin.token {
                writeln!(f, "  {:<9}{token}", "token")?;
            }
        }
        if let Some(lan) = &self.lan {
            writeln!(f, "  {:<9}{} (UDP and TCP)", "names", lan.names)?;
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
        if let Some(lan) = &self.lan {
            let (region, ca_file) = (self.region.as_str(), self.ca_file.as_path());
            write!(f, "\n{}", Advice { lan, region, ca_file, channel, at: *address })?;
        }
        writeln!(f, "\nDescribe the channel with the AWS CLI:\n")?;
        if let Some(key) = self.keys.first() {
            writeln!(f, "  export AWS_ACCESS_KEY_ID={}", key.access_key_id)?;
            writeln!(f, "  export AWS_SECRET_ACCESS_KEY={}", key.secret_key)?;
            if let Some(token) = &key.session_token {
                writeln!(f, "  export AWS_SESSION_TOKEN={token}")?;
            }
        }
        if !self.is_plain {
            writeln!(f, "  export AWS_CA_BUNDLE={}", self.ca_file.display())?;
        }
        writeln!(f, "  aws kinesisvideo describe-signaling-channel --channel-name {channel} \\")?;
        writeln!(f, "      --region {} --endpoint-url {}", self.region, self.url(*address))?;
        if let Some(admin) = &self.admin {
            writeln!(f, "\nCut the connection in the middle of the next offer:\n")?;
            writeln!(f, "  curl -H 'content-type: application/json' {}/rules \\", admin.url())?;
            if let Some(token) = &admin.token {
                writeln!(f, "      -H 'authorization: Bearer {token}' \\")?;
            }
            writeln!(
                f,
                "      -d '{{\"fault\": \"reset\", \"on\": \"SDP_OFFER\", \"at\": \"50%\"}}'"
            )?;
        }
        writeln!(f, "\nCtrl-C stops it.")
    }
}
