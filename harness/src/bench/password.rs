//! The Wi-Fi password: from the environment, a file of mode 0600 or a prompt; never from a command
//! line or a bench file.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Mutex;

use sha2::{Digest as _, Sha256};

use super::Network;

/// Holds it.
pub const ENVIRONMENT: &str = "KVS_WIFI_PASSWORD";
/// WPA2: a passphrase has at most 63 characters, a key 64 digits.
const LENGTH_MAX: usize = 64;

/// A password that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// For the board and the redactor only.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Tells two passwords of one network apart, and gives neither away: sixteen bits.
    pub fn fingerprint(&self, ssid: &str) -> String {
        let digest = Sha256::new()
            .chain_update(ssid.as_bytes())
            .chain_update([0])
            .chain_update(self.0.as_bytes())
            .finalize();
        digest.iter().take(2).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

/// The password of the network `ssid` that `network` names; asks for each once, on a terminal.
///
/// # Errors
/// In words that say what to do.
pub fn of(network: &Network, ssid: &str) -> Result<Password, String> {
    let password = match (std::env::var(ENVIRONMENT), &network.password_file) {
        (Ok(password), _) => password,
        (Err(_), Some(path)) => from_file(path)?,
        (Err(_), None) => ask(ssid)?,
    };
    if password.len() > LENGTH_MAX {
        return Err(format!(
            "the password of Wi-Fi `{ssid}` is longer than {LENGTH_MAX} characters"
        ));
    }
    Ok(Password(password))
}

fn from_file(path: &Path) -> Result<String, String> {
    let failed = |error: io::Error| format!("the password file {}: {error}", path.display());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            let (mode, path) = (mode & 0o777, path.display());
            return Err(format!(
                "the password file {path} can be read by others (mode {mode:04o}): `chmod 600 {path}`"
            ));
        }
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// What was asked for, by network: ten boards of one lab are one question.
static ASKED: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

fn ask(ssid: &str) -> Result<String, String> {
    // Held while somebody types: another board's question waits, and finds the answer.
    let mut asked = ASKED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(password) = asked.get(ssid) {
        return Ok(password.clone());
    }
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(format!(
            "no password for Wi-Fi `{ssid}`: give it in {ENVIRONMENT}, in a file of mode 0600 \
             (`password_file`), or run this on a terminal, where it is asked for"
        ));
    }
    let read = prompt(ssid).map_err(|error| format!("cannot ask for a password: {error}"))?;
    asked.insert(ssid.to_owned(), read.clone());
    Ok(read)
}

fn prompt(ssid: &str) -> io::Result<String> {
    write!(io::stderr(), "Password of Wi-Fi `{ssid}` (not shown): ")?;
    io::stderr().flush()?;
    let mut line = String::new();
    let silent = Silent::new()?;
    let read = io::stdin().read_line(&mut line);
    drop(silent);
    writeln!(io::stderr())?;
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// A terminal that does not show what is typed, until this is dropped.
#[cfg(unix)]
struct Silent(rustix::termios::Termios);

#[cfg(unix)]
impl Silent {
    fn new() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent)?;
        Ok(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Silent {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        // Nothing can be done about a terminal that has gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

#[cfg(not(unix))]
struct Silent;

#[cfg(not(unix))]
impl Silent {
    fn new() -> io::Result<Self> {
        Err(io::Error::other("a password can be typed on Unix only"))
    }
}
