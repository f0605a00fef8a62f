//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;

use crate::fault::units::Span;

/// A stand-in for Amazon Kinesis Video Streams WebRTC signaling, with faults.
#[derive(Clone, Debug, Parser)]
#[command(name = "mock-kvs", version, after_help = EXAMPLES)]
pub struct Options {
    /// Where clients connect, as ADDRESS or NAME=ADDRESS; may be given again. Faults are aimed at
    /// a listener by its name. Each serves every API.
    #[arg(long, value_name = "[NAME=]ADDRESS", default_value = "device=127.0.0.1:8443")]
    pub listen: Vec<Listen>,
    /// A name or address that clients call this machine by, for the certificate; may be given
    /// again. Needed when a listener is bound to 0.0.0.0.
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
    /// Plain HTTP and WebSocket in place of TLS.
    #[arg(long)]
    pub plain: bool,
    /// Where the admin API listens. Whoever reaches it controls the mock.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8480")]
    pub admin: Option<SocketAddr>,
    /// No admin API.
    #[arg(long)]
    pub no_admin: bool,
    /// Region in ARNs, signatures and host names.
    #[arg(long, default_value = "us-west-2")]
    pub region: String,
    /// A channel to create; may be given again.
    #[arg(long, value_name = "NAME", default_value = "demo")]
    pub channel: Vec<String>,
    /// A device that may take credentials from the IoT credentials provider; may be given again.
    /// Its certificate and key are kept in --ca-dir, as thing-NAME.pem and thing-NAME-key.pem.
    #[arg(long, value_name = "NAME", value_parser = super::thing::thing_name)]
    pub thing: Vec<String>,
    /// A role alias for every thing; may be given again.
    #[arg(long, value_name = "NAME", default_value = "mock-kvs")]
    pub role_alias: Vec<String>,
    /// Issue temporary credentials with a session token, such as 1h; without it long-term keys.
    #[arg(long, value_name = "TIME")]
    pub credentials_valid_for: Option<Span>,
    /// Longest message payload, in base64 characters: 18750 as AWS's C SDK takes, 10240 as AWS's
    /// documentation says.
    #[arg(long, value_name = "CHARACTERS", default_value_t = 18_750)]
    pub payload_limit: usize,
    /// Where the certificate authority is kept, made on the first start.
    #[arg(long, value_name = "DIR", default_value = "target/mock-kvs")]
    pub ca_dir: PathBuf,
    /// A file to write, as a whole, when everything listens: addresses, keys, ARNs as JSON.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Seed of keys, ids and everything else random; the same seed gives the same keys.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// One listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Its name.
    pub actor: String,
    /// Its address.
    pub address: SocketAddr,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (actor, address) = text.split_once('=').unwrap_or(("device", text));
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if actor.is_empty() || !actor.chars().all(is_word) {
            return Err(format!("`{actor}` is not a name: letters, digits, - and _"));
        }
        let address = address
            .parse()
            .map_err(|_| format!("`{address}` is not an address such as 127.0.0.1:8443"))?;
        Ok(Self { actor: actor.to_owned(), address })
    }
}

const EXAMPLES: &str = "\
Examples:
  mock-kvs
      one TLS port for everything, a channel `demo`, keys and a ready-to-paste example
  mock-kvs --listen device=0.0.0.0:8443 --name 192.168.1.10 --listen viewer=127.0.0.1:8444
      a device in the network, and a viewer with faults of its own
  mock-kvs --listen 127.0.0.1:0 --admin 127.0.0.1:0 --ready-file ready.json
      free ports, found out from a file: for scripts
  curl -H 'content-type: application/json' http://127.0.0.1:8480/rules \\
       -d '{\"fault\": \"reset\", \"on\": \"SDP_OFFER\", \"at\": \"50%\"}'
      cut the connection in the middle of the next offer
  curl -N 'http://127.0.0.1:8480/journal?follow=1'
      watch what happens";
