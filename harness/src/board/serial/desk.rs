//! A board made ready: locked, found, recognised, flashed with what it is to run.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::driver::Found;
use super::flash::{self, Flashable};
#[cfg(unix)]
use super::remote::Remote;
use super::site::Site;
use super::{FlashError, Identity, PortAt, port};
use crate::bench::{
    self, Entry, Firmware, Hold, HoldError, Network, Port, ResetBy, StateDir, network, password,
    quarantine,
};
use crate::board::foreign::Build;
use crate::board::{BoardError, Image, image};
use crate::report::Wall;

/// Names the Wi-Fi network for a board without a bench entry.
pub const WIFI_SSID: &str = "KVS_WIFI_SSID";
/// The console's speed where no bench file says another.
const BAUD: u32 = 115_200;
/// Of our firmware, the image for boards, with the console.
const IMAGE_WORDS: [&str; 3] = ["--no-default-features", "--features", "wifi,test-console"];
/// The name of a board that is in no bench file.
const UNNAMED: &str = "desk";

/// Which board is meant.
#[derive(Clone, Debug)]
pub enum Asked {
    /// One of the bench file.
    Listed(Box<Entry>),
    /// The only one that is plugged in.
    Only,
    /// The one on this port.
    At(PathBuf),
}

/// Makes the board ready to run `image`, or what its entry names, or what is built here.
///
/// # Errors
/// With what is wrong and what to do about it.
pub(super) fn make_ready(asked: &Asked, image: Option<&Path>) -> Result<Found, BoardError> {
    let state = StateDir::open()
        .map_err(|error| BoardError(format!("no folder for the boards' locks: {error}")))?;
    let (entry, site, hold) = match asked {
        Asked::Listed(entry) => {
            let (site, hold) = of_the_bench(entry, &state)?;
            ((**entry).clone(), site, hold)
        }
        Asked::Only => on_the_desk(&port::only().map_err(in_words)?, &state)?,
        Asked::At(path) => on_the_desk(path, &state)?,
    };
    let name = &entry.name;
    let Some(Network { host, ssid, .. }) = &entry.network else {
        return Err(BoardError(format!(
            "board {name} is not told where the service is: its bench entry needs \
             `network = {{ host = \"…\" }}`, this machine's address as the board sees it"
        )));
    };
    network::is_of_this_machine(*host, name).map_err(BoardError)?;
    let password = match (&entry.network, ssid) {
        (Some(network), Some(ssid)) => Some(password::of(network, ssid).map_err(BoardError)?),
        (Some(_) | None, _) => None,
    };
    let wanted = wanted_image(&entry, image)?;
    let (image, bytes) = flashed(&entry, &site, &wanted)?;
    let mut note = format!("board {name} ({}) is at {}", entry.mac, site.at.path.display());
    let digits = image.sha256.get(..16).unwrap_or(&image.sha256);
    // Memory takes everything.
    let who = if entry.firmware == Firmware::Foreign { who(&wanted) } else { String::new() };
    let _ = write!(note, ", flashed with{who} {digits} ({bytes} bytes, read back)");
    if let (Some(ssid), Some(password)) = (ssid, &password) {
        let _ = write!(note, "; Wi-Fi {ssid}, password #{}", password.fingerprint(ssid));
    }
    let new = !matches!(asked, Asked::Listed(_));
    let hold = Arc::new(Mutex::new(Some(hold)));
    Ok(Found { entry, site, image, password, state, new, hold, note })
}

/// The port and the lock of a board that the bench file lists.
///
/// # Errors
/// When it is in use, in quarantine, or not there.
pub fn of_the_bench(entry: &Entry, state: &StateDir) -> Result<(Site, Hold), BoardError> {
    if let Some(sick) = quarantine::of(state, entry.mac, Wall::now()) {
        return Err(BoardError(sick.advice(&entry.name)));
    }
    let hold = Hold::board(state, entry.mac, &entry.name).map_err(|e| BoardError(e.to_string()))?;
    Ok((locate(entry, state)?, hold))
}

/// Where the board hangs now.
///
/// # Errors
/// When nothing fits its pattern, or none of what does is this board.
pub fn locate(entry: &Entry, state: &StateDir) -> Result<Site, BoardError> {
    let pattern = match &entry.port {
        Port::Path(pattern) => pattern,
        Port::Rfc2217(url) => return over_there(entry, url),
    };
    let there = bench::matches_of(pattern)
        .map_err(|error| BoardError(format!("board {}: {pattern}: {error}", entry.name)))?;
    match &there[..] {
        [] => Err(site_of(entry, PathBuf::from(pattern)).nowhere()),
        // Which board that is shows when it is flashed, before a byte is written.
        [only] => Ok(site_of(entry, only.clone())),
        several => among(entry, several, state),
    }
}

#[cfg(unix)]
fn over_there(entry: &Entry, url: &str) -> Result<Site, BoardError> {
    let address = url.strip_prefix("rfc2217://").unwrap_or(url);
    let remote = Remote::connect(address, entry.baud).map_err(|error| {
        BoardError(format!("board {}: nobody serves a port at {url}: {error}", entry.name))
    })?;
    let site = site_of(entry, remote.path().to_owned());
    Ok(Site { remote: Some(Arc::new(remote)), ..site })
}

#[cfg(not(unix))]
fn over_there(entry: &Entry, url: &str) -> Result<Site, BoardError> {
    Err(BoardError(format!("board {}: {url} can be reached from Unix only", entry.name)))
}

/// Asks each of several ports who hangs there; those in use by other runs are left alone.
fn among(entry: &Entry, several: &[PathBuf], state: &StateDir) -> Result<Site, BoardError> {
    let mut seen = Vec::new();
    for path in several {
        let hold = match Hold::port(state, path) {
            Ok(hold) => hold,
            Err(HoldError::Held { .. }) => continue,
            Err(error @ HoldError::Broken { .. }) => return Err(BoardError(error.to_string())),
        };
        let site = site_of(entry, path.clone());
        let who = site.identify();
        drop(hold);
        match who {
            Ok(identity) if identity.mac == entry.mac => return Ok(site),
            Ok(identity) => seen.push(format!("{}: {}", path.display(), identity.mac)),
            Err(error) => seen.push(error.to_string()),
        }
    }
    let (name, mac, seen) = (&entry.name, entry.mac, seen.join("\n  "));
    Err(BoardError(format!("board {name} ({mac}) is at none of its ports:\n  {seen}")))
}

/// A board without a bench entry: asked who it is, and an entry made of that.
fn on_the_desk(path: &Path, state: &StateDir) -> Result<(Entry, Site, Hold), BoardError> {
    let no_lock = |error: HoldError| BoardError(error.to_string());
    let asking = Hold::port(state, path).map_err(no_lock)?;
    let reset = port::reset_of(path);
    let at = PortAt { path: path.to_owned(), baud: BAUD };
    let Identity { chip, mac, .. } = flash::identify(&at, reset).map_err(in_words)?;
    if let Some(sick) = quarantine::of(state, mac, Wall::now()) {
        return Err(BoardError(sick.advice(UNNAMED)));
    }
    let hold = Hold::board(state, mac, UNNAMED).map_err(no_lock)?;
    drop(asking);
    let network = Network {
        host: network::host_address().map_err(BoardError)?,
        ssid: which_wifi().map_err(|error| BoardError(format!("cannot ask for Wi-Fi: {error}")))?,
        password_file: None,
    };
    let entry = Entry {
        name: UNNAMED.into(),
        mac,
        chip: Some(chip),
        port: Port::Path(path.display().to_string()),
        baud: BAUD,
        firmware: Firmware::Ours,
        image: None,
        tags: Vec::new(),
        network: Some(network),
        reset: ResetBy { method: reset, power: Vec::new() },
        service: Default::default(),
        console: Default::default(),
    };
    let site = site_of(&entry, path.to_owned());
    Ok((entry, site, hold))
}

/// As the environment says, or whoever sits at the terminal. Without one the board is told nothing, and
/// goes on with what it keeps.
fn which_wifi() -> io::Result<Option<String>> {
    let named = |ssid: &String| !ssid.is_empty();
    if let Ok(ssid) = std::env::var(WIFI_SSID) {
        return Ok(Some(ssid).filter(named));
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(None);
    }
    write!(io::stderr(), "Wi-Fi network for the board (empty: the one it knows): ")?;
    io::stderr().flush()?;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()).filter(named))
}

/// Where the board of `entry` hangs, found at `path`.
#[must_use]
pub fn site_of(entry: &Entry, path: PathBuf) -> Site {
    Site {
        board: entry.name.clone(),
        at: PortAt { path, baud: entry.baud },
        pattern: entry.port.to_string(),
        reset: entry.reset.method,
        power: entry.reset.power.clone(),
        #[cfg(unix)]
        remote: None,
    }
}

pub(crate) fn wanted_image(entry: &Entry, given: Option<&Path>) -> Result<PathBuf, BoardError> {
    if let Some(path) = given.or(entry.image.as_deref()) {
        return Ok(path.to_owned());
    }
    match (entry.firmware, entry.chip.as_deref()) {
        (Firmware::Ours, Some("esp32c3")) => {
            image::build_bare_metal("firmware/ports/esp32c3", "kvs-port-esp32c3", &IMAGE_WORDS)
        }
        (Firmware::Ours, chip) => Err(BoardError(format!(
            "board {}: there is no image of ours for {}; name one with --image",
            entry.name,
            chip.unwrap_or("a chip that its bench entry does not name")
        ))),
        (Firmware::Foreign, _) => Err(BoardError(format!(
            "board {} runs other people's firmware: name it with --image, or as `image` of its \
             bench entry",
            entry.name
        ))),
    }
}

/// Writes the image, always, and has it read back: what the board held before is not trusted.
fn flashed(entry: &Entry, site: &Site, path: &Path) -> Result<(Image, u64), BoardError> {
    let what = Flashable::of(path).map_err(|error| site.named(&error))?;
    let flashed = site.flash(&what, entry.mac, false)?;
    if let Some(chip) = entry.chip.as_deref().filter(|chip| *chip != flashed.identity.chip) {
        return Err(BoardError(format!(
            "board {} is an {}, and its bench entry says {chip}",
            entry.name, flashed.identity.chip
        )));
    }
    let sha256 = flashed.image.ok_or_else(|| {
        BoardError(format!("{}: the image says nothing of its own hash", path.display()))
    })?;
    Ok((Image { path: Some(path.to_owned()), sha256 }, flashed.bytes))
}

/// The project and version that the app says it is, where it is a foreign one.
fn who(path: &Path) -> String {
    let app = Build::read(path).ok().and_then(|build| build.app);
    app.map_or_else(String::new, |app| {
        format!(" {} {} (ESP-IDF {})", app.project, app.version, app.idf)
    })
}

pub(super) fn in_words(error: FlashError) -> BoardError {
    BoardError(error.to_string())
}
