//! Where the cache survives a restart: `nvs:<namespace>/<key>` is a blob, anything else a file of some
//! mounted file system.

use std::ffi::CString;
use std::io;
use std::path::Path;

use crate::shim;

const NVS: &str = "nvs:";

/// What is kept there.
pub fn read(place: &str) -> Option<Vec<u8>> {
    match blob(place) {
        Some(names) => {
            let (space, key) = names?;
            shim::nvs_read(&space, &key)
        }
        // The second is there when power failed between the two steps of `replace`.
        None => std::fs::read(place).or_else(|_| std::fs::read(fresh(place))).ok(),
    }
}

/// Replaces what is kept there: a power cut leaves the old content or the new one.
///
/// # Errors
/// When it cannot be written.
pub fn replace(place: &str, content: &[u8]) -> io::Result<()> {
    if let Some(names) = blob(place) {
        let (space, key) = names.ok_or(io::ErrorKind::InvalidInput)?;
        // NVS says in the log why.
        let kept = shim::nvs_write(&space, &key, content);
        return if kept { Ok(()) } else { Err(io::Error::other("not kept in NVS")) };
    }
    let fresh = fresh(place);
    std::fs::write(&fresh, content)?;
    std::fs::rename(&fresh, place).or_else(|_| {
        // FAT and SPIFFS rename onto nothing that exists. Without the old file the new one is read.
        std::fs::remove_file(Path::new(place))?;
        std::fs::rename(&fresh, place)
    })
}

fn fresh(place: &str) -> String {
    format!("{place}.new")
}

/// Namespace and key of a blob; the inner `None` when they are missing.
fn blob(place: &str) -> Option<Option<(CString, CString)>> {
    let (space, key) = match place.strip_prefix(NVS)?.split_once('/') {
        Some(names) => names,
        None => return Some(None),
    };
    Some(CString::new(space).ok().zip(CString::new(key).ok()))
}
