//! What a bench file says, checked.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use serde::Deserialize;

use crate::board::serial::{Mac, Reset};

/// The chips that can be flashed, as espflash calls them.
pub const CHIPS: [&str; 9] = [
    "esp32", "esp32c2", "esp32c3", "esp32c5", "esp32c6", "esp32h2", "esp32p4", "esp32s2", "esp32s3",
];

/// The boards of one file.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The file.
    pub file: PathBuf,
    /// In the file's order; names and MACs are unique.
    pub boards: Vec<Entry>,
}

/// One board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `serial:NAME` on the command line.
    pub name: String,
    /// Which board it is, wherever it hangs.
    pub mac: Mac,
    /// One of [`CHIPS`]; any where none is named.
    pub chip: Option<String>,
    /// Where it hangs.
    pub port: Port,
    /// Bits per second of its console.
    pub baud: u32,
    /// Whose firmware it runs.
    pub firmware: Firmware,
    /// What it is flashed with unless `--image` says otherwise; from the file's own folder.
    pub image: Option<PathBuf>,
    /// Groups it is in.
    pub tags: Vec<String>,
    /// How it reaches this machine.
    pub network: Option<Network>,
    /// How it is restarted.
    pub reset: ResetBy,
    /// Foreign firmware: the service it was made for; as `scenario mock --lan` serves it where absent.
    pub service: MadeFor,
    /// Foreign firmware: what a console line must hold, a regular expression, and the event it then stands for.
    pub console: BTreeMap<String, String>,
}

/// Where a board hangs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// A path on this machine; `*` and `?` in its last part stand for any characters, for one.
    Path(String),
    /// `rfc2217://HOST:PORT`: a serial port of another machine.
    Rfc2217(String),
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(port) | Self::Rfc2217(port) => f.write_str(port),
        }
    }
}

/// Whose firmware a board runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Firmware {
    /// This project's, with its test console.
    #[default]
    Ours,
    /// Any other, judged by what the service sees of it and by console patterns.
    Foreign,
}

/// The service that a foreign firmware was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFor {
    /// Where it connects. On 443 a name service on port 53 leads AWS's names here.
    pub port: u16,
    /// Its channel's name.
    pub channel: String,
    /// Its region.
    pub region: String,
    /// Where the authority is kept that it trusts, as `scenario mock --ca-dir` keeps it; from the bench file's own
    /// folder where the file names it.
    pub ca_dir: PathBuf,
}

impl Default for MadeFor {
    fn default() -> Self {
        let [channel, region] = ["demo", "us-west-2"].map(str::to_owned);
        Self { port: 443, channel, region, ca_dir: "target/mock-kvs".into() }
    }
}

/// How a board reaches this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// This machine's address as the board sees it: the service listens there.
    pub host: Ipv4Addr,
    /// The Wi-Fi network; without one the board is told nothing of Wi-Fi.
    pub ssid: Option<String>,
    /// A file of mode 0600 with the Wi-Fi password; from the bench file's own folder.
    pub password_file: Option<PathBuf>,
}

/// How a board is restarted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResetBy {
    /// With its port.
    pub method: Reset,
    /// A command that switches its supply; one word holds `{action}`: `off`, `on`, `cycle` or `loader`
    /// (on again with the boot pin held, where it can). Empty where there is no such switch.
    pub power: Vec<String>,
}

impl Entry {
    /// The power command for `action`, word for word; empty where there is none.
    #[must_use]
    pub fn power(&self, action: &str) -> Vec<String> {
        self.reset.power.iter().map(|word| word.replace("{action}", action)).collect()
    }
}
