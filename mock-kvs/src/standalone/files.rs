//! Files that others read: never half of one, and secrets for their owner only.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::StandaloneError;
use crate::tls::Authority;

/// Where the authority's certificate stands.
pub(super) fn ca_file(dir: &Path) -> PathBuf {
    dir.join("ca.pem")
}

/// A name for which no authority of ours may sign (RFC 6761).
const STRANGER: &str = "stranger.invalid";

/// The authority of a directory, made there on the first start, so that clients keep trusting it. It
/// signs for the region's names and for `more`, and for nothing else.
pub(super) fn authority(
    dir: &Path,
    region: &str,
    more: &[String],
    names: &[String],
) -> Result<Authority, StandaloneError> {
    let (cert, key) = (ca_file(dir), dir.join("ca-key.pem"));
    if cert.exists() && key.exists() {
        check_owner_only(&key)?;
        let authority = Authority::from_pem(&read(&cert)?, &read(&key)?)?;
        if authority.permits(&[STRANGER.to_owned()])? {
            tracing::warn!(
                file = %cert.display(),
                "this authority can sign for any name: an older version made it. Delete it and \
                 ca-key.pem for one that cannot; clients must then trust the new one"
            );
        } else if !authority.permits(names)? {
            return Err(StandaloneError::Authority { path: cert, region: region.to_owned() });
        }
        return Ok(authority);
    }
    let authority = Authority::constrained(region, more)?;
    fs::create_dir_all(dir).map_err(|source| file_error("write", dir, source))?;
    write_private(&key, authority.key_pem().as_bytes())?;
    write_whole(&cert, authority.pem().as_bytes())?;
    Ok(authority)
}

/// A key that others could read is no secret any more.
#[cfg(unix)]
fn check_owner_only(key: &Path) -> Result<(), StandaloneError> {
    use std::os::unix::fs::PermissionsExt as _;
    let found = fs::metadata(key).map_err(|source| file_error("read", key, source))?;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(StandaloneError::OpenKey { path: key.to_owned(), mode })
}

#[cfg(not(unix))]
fn check_owner_only(_key: &Path) -> Result<(), StandaloneError> {
    Ok(())
}

pub(super) fn read(path: &Path) -> Result<String, StandaloneError> {
    fs::read_to_string(path).map_err(|source| file_error("read", path, source))
}

/// All or nothing: a reader never sees half a file.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StandaloneError> {
    write(path, bytes, 0o666)
}

/// As [`write_whole`], for its owner's eyes.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StandaloneError> {
    write(path, bytes, 0o600)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), StandaloneError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options
        .open(&beside)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|source| file_error("write", path, source))
}

pub(super) fn file_error(what: &'static str, path: &Path, source: io::Error) -> StandaloneError {
    StandaloneError::File { what, path: path.to_owned(), source }
}
