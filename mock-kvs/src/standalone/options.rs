//! The command line.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Parser, ValueEnum};
use serde::{Deserialize, Deserializer, de};

use crate::fault::units::Span;

/// A stand-in for Amazon Kinesis Video Streams WebRTC signaling, with faults.
///
/// What is given here wins over the same setting of the configuration file; a list replaces the
/// file's list.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "mock-kvs", version, after_help = EXAMPLES)]
pub struct Options {
    /// A configuration file (TOML): everything below, and channels, keys, policies and quotas in
    /// full. See docs/standalone.md.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where clients connect, as ADDRESS or NAME=ADDRESS; may be given again. Faults are aimed at
    /// a listener by its name. Each serves every API. [default: device=127.0.0.1:8443]
    #[arg(long, value_name = "[NAME=]ADDRESS")]
    pub listen: Vec<Listen>,
    /// For devices in the network: the service on port 443 of ADDRESS, which is this machine's, and a
    /// name service beside it that leads AWS's names there; says what to change in a stock firmware.
    /// Without ADDRESS that of the default route. See docs/lan.md.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1)]
    pub lan: Option<Option<Ipv4Addr>>,
    /// The name service's port with --lan; devices ask no other than 53. [default: 53]
    #[arg(long, value_name = "PORT")]
    pub dns_port: Option<u16>,
    /// With --lan: whom to ask for all other names, such as 192.168.1.1:53. [default: they are refused]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub dns_forward: Option<SocketAddr>,
    /// A name or address that clients call this machine by, for the certificate; may be given
    /// again. Needed when a listener is bound to 0.0.0.0.
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
    /// Plain HTTP and WebSocket in place of TLS.
    #[arg(long)]
    pub plain: bool,
    /// Where the admin API listens. Whoever reaches it controls the mock; off loopback it wants a
    /// token. [default: 127.0.0.1:8480]
    #[arg(long, value_name = "ADDRESS")]
    pub admin: Option<SocketAddr>,
    /// The bearer token of the admin API [default: none on loopback, a random one elsewhere]
    #[arg(long, value_name = "TOKEN")]
    pub admin_token: Option<String>,
    /// No admin API.
    #[arg(long)]
    pub no_admin: bool,
    /// Region in ARNs, signatures and host names. [default: us-west-2]
    #[arg(long)]
    pub region: Option<String>,
    /// A channel to create; may be given again. [default: demo]
    #[arg(long, value_name = "NAME")]
    pub channel: Vec<String>,
    /// A device that may take credentials from the IoT credentials provider; may be given again.
    /// Its certificate and key are kept in --ca-dir, as thing-NAME.pem and thing-NAME-key.pem.
    #[arg(long, value_name = "NAME", value_parser = super::thing::thing_name)]
    pub thing: Vec<String>,
    /// A role alias for every thing; may be given again. [default: mock-kvs]
    #[arg(long, value_name = "NAME")]
    pub role_alias: Vec<String>,
    /// Issue temporary credentials with a session token, such as 1h; without it long-term keys.
    #[arg(long, value_name = "TIME")]
    pub credentials_valid_for: Option<Span>,
    /// A TURN server to hand out in GetIceServerConfig, as HOST:PORT or a `turn:`, `turns:` or
    /// `stun:` URI; may be given again. Needs --turn-secret.
    #[arg(long, value_name = "SERVER")]
    pub turn_server: Vec<String>,
    /// The secret that TURN server shares (coturn's static-auth-secret); the credentials handed out
    /// are good for the ICE TTL.
    #[arg(long, value_name = "SECRET")]
    pub turn_secret: Option<String>,
    /// Longest message payload, in base64 characters: 18750 as AWS's C SDK takes, 10240 as AWS's
    /// documentation says. [default: 18750]
    #[arg(long, value_name = "CHARACTERS")]
    pub payload_limit: Option<usize>,
    /// Where the certificate authority is kept, made on the first start.
    /// [default: target/mock-kvs]
    #[arg(long, value_name = "DIR")]
    pub ca_dir: Option<PathBuf>,
    /// A file to write, as a whole, when everything listens: addresses, CA, keys, ARNs as JSON.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Where channels, tags, versions, keys and things are kept over a restart. Holds secrets.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Stop when this process ends: a test that is killed leaves no mock behind.
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(i32).range(1..))]
    pub parent_pid: Option<i32>,
    /// How logs look on standard error; RUST_LOG (`debug`, `warn,mock_kvs::journal=debug`) chooses
    /// what is logged.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Seed of keys, ids and everything else random; the same seed gives the same keys.
    /// [default: 0]
    #[arg(long)]
    pub seed: Option<u64>,
}

/// How logs look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
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

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

const EXAMPLES: &str = "\
Examples:
  mock-kvs
      one TLS port for everything, a channel `demo`, keys and a ready-to-paste example
  mock-kvs --listen device=0.0.0.0:8443 --name 192.168.1.10 --listen viewer=127.0.0.1:8444
      a device in the network, and a viewer with faults of its own
  mock-kvs --lan 192.168.1.10 --dns-forward 192.168.1.1:53
      stock firmware in the network: ports 443 and 53, and what to change in it
  mock-kvs --listen 127.0.0.1:0 --admin 127.0.0.1:0 --ready-file ready.json --parent-pid $$
      free ports, found out from a file, gone with the shell: for scripts and test fixtures
  mock-kvs --config mock.toml --state mock.state.json
      channels, keys and switches from a file; what clients make of them survives a restart
  mock-kvs --turn-server 192.168.1.10:3478 --turn-secret shh
      with `turnserver --use-auth-secret --static-auth-secret shh --realm mock` beside it
  curl -H 'content-type: application/json' http://127.0.0.1:8480/rules \\
       -d '{\"fault\": \"reset\", \"on\": \"SDP_OFFER\", \"at\": \"50%\"}'
      cut the connection in the middle of the next offer
  curl -N 'http://127.0.0.1:8480/journal?follow=1'
      watch what happens";
