//! TOML into a bench, with the place and the way out for whatever is wrong.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::model::{CHIPS, Entry, Firmware, MadeFor, Network, Port, ResetBy};
use crate::board::foreign::Patterns;
use crate::board::serial::Reset as Method;
use crate::scenario::problem::{Problem, Text, nearest};

/// The file's version: another one is an error, a new optional key is none.
const SCHEMA: u32 = 1;
const BAUD: u32 = 115_200;
/// IEEE 802.11: a network's name has at most so many bytes.
const SSID_MAX: usize = 32;
/// Before a serial port of another machine.
const RFC2217: &str = "rfc2217://";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: Spanned<u32>,
    #[serde(default)]
    board: Vec<Spanned<Board>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Board {
    name: Spanned<String>,
    mac: Spanned<String>,
    chip: Option<Spanned<String>>,
    port: Spanned<String>,
    baud: Option<Spanned<u32>>,
    #[serde(default)]
    firmware: Firmware,
    image: Option<PathBuf>,
    #[serde(default)]
    tags: Vec<Spanned<String>>,
    network: Option<Net>,
    reset: Option<Reset>,
    service: Option<Spanned<Service>>,
    console: Option<Spanned<BTreeMap<String, String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    port: Option<u16>,
    channel: Option<String>,
    region: Option<String>,
    ca_dir: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Net {
    host: Spanned<String>,
    ssid: Option<Spanned<String>>,
    password_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    #[serde(default)]
    method: Method,
    #[serde(default)]
    power: Option<Spanned<Vec<String>>>,
}

/// The boards of a file whose own folder is `folder`.
pub fn boards(text: &Text, folder: &Path) -> Result<Vec<Entry>, Box<Problem>> {
    let file: File = toml::from_str(&text.text).map_err(|error| from_toml(text, &error))?;
    if *file.schema.get_ref() != SCHEMA {
        let message = format!("the bench file's version is {}", file.schema.get_ref());
        let problem = Problem::error(text, file.schema.span(), message);
        return Err(problem.label(format!("this program reads schema = {SCHEMA}")).into());
    }
    let reader = Reader { text, folder };
    let mut boards: Vec<Entry> = Vec::new();
    for board in file.board {
        let (name_at, mac_at) = (board.get_ref().name.span(), board.get_ref().mac.span());
        let entry = reader.entry(board.into_inner())?;
        for other in &boards {
            let twice = |at, what: &str| {
                let message = format!("board `{}` has this {what}, too", other.name);
                Err(Box::new(reader.wrong(at, message).label("a board can be listed once")))
            };
            if other.name == entry.name {
                return twice(name_at, "name");
            }
            if other.mac == entry.mac {
                return twice(mac_at, "MAC");
            }
        }
        boards.push(entry);
    }
    Ok(boards)
}

struct Reader<'t> {
    text: &'t Text,
    folder: &'t Path,
}

impl Reader<'_> {
    fn entry(&self, board: Board) -> Result<Entry, Box<Problem>> {
        self.name(&board.name)?;
        let mac = board.mac.get_ref().parse().map_err(|how| {
            self.wrong(board.mac.span(), format!("`{}` is no MAC", board.mac.get_ref())).label(how)
        })?;
        let chip = board.chip.as_ref().map(|chip| self.chip(chip)).transpose()?;
        for tag in &board.tags {
            self.name(tag)?;
        }
        if board.firmware == Firmware::Ours {
            let refuse = |at, message: &str| {
                let problem = self.wrong(at, message.to_owned());
                Err(problem.advise("say `firmware = \"foreign\"`, or leave it out").into())
            };
            if let Some(console) = &board.console {
                let message = "console patterns are for foreign firmware: ours says what it does";
                return refuse(console.span(), message);
            }
            if let Some(service) = &board.service {
                let message =
                    "a service of its own is for foreign firmware: ours is told where to go";
                return refuse(service.span(), message);
            }
        }
        if let Some(console) = &board.console {
            Patterns::new(console.get_ref()).map_err(|why| self.wrong(console.span(), why))?;
        }
        let port = self.port(&board.port)?;
        Ok(Entry {
            mac,
            chip,
            baud: board.baud.as_ref().map_or(Ok(BAUD), |baud| self.baud(baud, &port))?,
            port,
            firmware: board.firmware,
            image: board.image.map(|path| self.folder.join(path)),
            tags: board.tags.into_iter().map(Spanned::into_inner).collect(),
            network: board.network.map(|net| self.network(net)).transpose()?,
            reset: board.reset.map(|reset| self.reset(reset)).transpose()?.unwrap_or_default(),
            service: self.made_for(board.service.map(Spanned::into_inner)),
            console: board.console.map(Spanned::into_inner).unwrap_or_default(),
            name: board.name.into_inner(),
        })
    }

    fn made_for(&self, said: Option<Service>) -> MadeFor {
        let usual = MadeFor::default();
        let Some(said) = said else { return usual };
        MadeFor {
            port: said.port.unwrap_or(usual.port),
            channel: said.channel.unwrap_or(usual.channel),
            region: said.region.unwrap_or(usual.region),
            ca_dir: said.ca_dir.map_or(usual.ca_dir, |dir| self.folder.join(dir)),
        }
    }

    /// Names and tags stand on the command line and in paths.
    fn name(&self, name: &Spanned<String>) -> Result<(), Box<Problem>> {
        let word = name.get_ref();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
        if word == "auto" {
            let message = "`auto` is no name: `--board serial:auto` finds a board by itself";
            return Err(self.wrong(name.span(), message).into());
        }
        if word.is_empty() || word.starts_with('.') || !word.chars().all(plain) {
            let problem = self.wrong(name.span(), format!("`{word}` cannot be a name"));
            return Err(problem.label("letters, digits, `-`, `_` and `.`").into());
        }
        Ok(())
    }

    fn chip(&self, chip: &Spanned<String>) -> Result<String, Box<Problem>> {
        // Data sheets write ESP32-C3.
        let word = chip.get_ref().to_lowercase().replace('-', "");
        if CHIPS.contains(&word.as_str()) {
            return Ok(word);
        }
        let message = format!("`{}` is no chip that can be flashed", chip.get_ref());
        Err(self.wrong(chip.span(), message).advise(nearest(&word, CHIPS.into_iter())).into())
    }

    fn port(&self, port: &Spanned<String>) -> Result<Port, Box<Problem>> {
        let text = port.get_ref();
        if let Some(at) = text.strip_prefix(RFC2217) {
            let whole = at.rsplit_once(':').is_some_and(|(host, port)| {
                !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port != 0)
            });
            if whole {
                return Ok(Port::Rfc2217(text.clone()));
            }
            let problem = self.wrong(port.span(), format!("`{text}` names no port of a machine"));
            return Err(problem.label("rfc2217://HOST:PORT").into());
        }
        let folder = Path::new(text).parent().map(|folder| folder.to_string_lossy().into_owned());
        if text.is_empty() || folder.unwrap_or_default().contains(['*', '?']) {
            let problem = self.wrong(port.span(), format!("`{text}` names no port"));
            return Err(problem
                .label("a path; `*` and `?` may stand in its last part")
                .advise("ports keep their names below /dev/serial/by-id")
                .into());
        }
        Ok(Port::Path(text.clone()))
    }

    fn baud(&self, baud: &Spanned<u32>, port: &Port) -> Result<u32, Box<Problem>> {
        match (*baud.get_ref(), port) {
            (0, Port::Path(_) | Port::Rfc2217(_)) => {
                let problem = self.wrong(baud.span(), "a port without a speed");
                Err(problem.label("115200 is usual").into())
            }
            // Flashing would change the chip's speed and, behind a pty, not the port's.
            (other, Port::Rfc2217(_)) if other != BAUD => {
                let message = "a port of another machine has one speed only";
                Err(self.wrong(baud.span(), message).label("115200, or leave it out").into())
            }
            (baud, Port::Path(_) | Port::Rfc2217(_)) => Ok(baud),
        }
    }

    fn network(&self, net: Net) -> Result<Network, Box<Problem>> {
        let host = net.host.get_ref().parse().map_err(|_| {
            self.wrong(net.host.span(), format!("`{}` is no IPv4 address", net.host.get_ref()))
                .label("this machine's address, as the board sees it")
        })?;
        if let Some(ssid) = &net.ssid
            && !(1..=SSID_MAX).contains(&ssid.get_ref().len())
        {
            let message = "no Wi-Fi network has such a name";
            return Err(self.wrong(ssid.span(), message).label("1 to 32 bytes").into());
        }
        Ok(Network {
            host,
            ssid: net.ssid.map(Spanned::into_inner),
            password_file: net.password_file.map(|path| self.folder.join(path)),
        })
    }

    fn reset(&self, reset: Reset) -> Result<ResetBy, Box<Problem>> {
        if let Some(power) = &reset.power
            && !power.get_ref().iter().any(|word| word.contains("{action}"))
        {
            let problem = self.wrong(power.span(), "the power command is not told what to do");
            return Err(problem.label("one word must hold `{action}`: off, on or cycle").into());
        }
        let power = reset.power.map(Spanned::into_inner).unwrap_or_default();
        Ok(ResetBy { method: reset.method, power })
    }

    fn wrong(&self, at: Range<usize>, message: impl Into<String>) -> Problem {
        Problem::error(self.text, at, message)
    }
}

/// toml's message names what it found and what is known in backticks, the found one first.
fn from_toml(text: &Text, error: &toml::de::Error) -> Problem {
    let problem = Problem::error(text, error.span().unwrap_or(0..0), error.message());
    let unknown = error.message().starts_with("unknown ");
    let mut words = error.message().split('`').skip(1).step_by(2);
    if let Some(found) = words.next().filter(|_| unknown) {
        // A password in this file is the one mistake that must not be met with a spelling hint.
        if found.contains("password") || found == "psk" {
            return Problem::error(text, problem.at, "the Wi-Fi password does not stand here")
                .label("remove it from this file")
                .advise(PASSWORD);
        }
        let label = if error.message().starts_with("unknown field") {
            "nothing reads this key"
        } else {
            "not one of them"
        };
        let what = if label.starts_with("nothing") { "key" } else { "word" };
        return Problem::error(text, problem.at, format!("unknown {what} `{found}`"))
            .label(label)
            .advise(nearest(found, words));
    }
    problem
}

const PASSWORD: &str = "give it in the environment (KVS_WIFI_PASSWORD), in a file of mode 0600 \
     (`password_file` of `network`), or when asked";
