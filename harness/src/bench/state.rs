//! Where locks and quarantines of this user's boards are kept: beside no bench file, since two files
//! may name the same board.

use std::io;
use std::path::{Path, PathBuf};

use crate::board::serial::Mac;

/// Names another folder, such as one that two users of a lab PC share.
pub const STATE_DIR: &str = "KVS_BENCH_STATE";

/// The folder, there and ours.
#[derive(Clone, Debug)]
pub struct StateDir(PathBuf);

impl StateDir {
    /// The folder that every run of this user finds, whatever its environment: a CI service has no
    /// `XDG_RUNTIME_DIR`, and must see the locks of a shell that has.
    ///
    /// # Errors
    /// When it cannot be made, or belongs to somebody else.
    pub fn open() -> io::Result<Self> {
        let given = std::env::var_os(STATE_DIR).filter(|dir| !dir.is_empty());
        match given {
            Some(dir) => Self::at(PathBuf::from(dir)),
            None => Self::own(place()),
        }
    }

    /// The folder `dir`, made when it is not there. Who may use it is its maker's affair.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(dir: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&dir)?;
        Ok(Self(dir))
    }

    /// What is kept of `mac` under `ending`.
    pub(super) fn of_board(&self, mac: Mac, ending: &str) -> PathBuf {
        self.0.join(format!("{}.{ending}", mac.to_string().replace(':', "-")))
    }

    /// What is kept of the port at `path` under `ending`.
    pub(super) fn of_port(&self, path: &Path, ending: &str) -> PathBuf {
        // The same port by another name is the same port.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let word = path.display().to_string().replace(['/', '\\', ':'], "-");
        self.0.join(format!("port{word}.{ending}"))
    }

    #[cfg(unix)]
    fn own(dir: PathBuf) -> io::Result<Self> {
        use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
        match std::fs::DirBuilder::new().mode(0o700).create(&dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
        // Anybody may have made a folder of that name in /tmp, or a link.
        let found = std::fs::symlink_metadata(&dir)?;
        if !found.is_dir() || found.uid() != rustix::process::getuid().as_raw() {
            return Err(io::Error::other(format!(
                "{} is somebody else's; name another folder in {STATE_DIR}",
                dir.display()
            )));
        }
        Ok(Self(dir))
    }

    #[cfg(not(unix))]
    fn own(dir: PathBuf) -> io::Result<Self> {
        Self::at(dir)
    }
}

#[cfg(unix)]
fn place() -> PathBuf {
    let uid = rustix::process::getuid().as_raw();
    let run = PathBuf::from(format!("/run/user/{uid}"));
    let folder = if run.is_dir() { run } else { PathBuf::from("/tmp") };
    folder.join(format!("kvs-scenario-{uid}"))
}

#[cfg(not(unix))]
fn place() -> PathBuf {
    // The user's own there.
    std::env::temp_dir().join("kvs-scenario")
}
