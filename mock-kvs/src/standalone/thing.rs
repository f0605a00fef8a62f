//! A thing's certificate and key as files, kept over restarts like the authority that signed them.

use std::fs;
use std::path::{Path, PathBuf};

use super::{StandaloneError, file_error, read, write_private, write_whole};
use crate::mock::Mock;

/// Where a device finds what it shows the IoT credentials provider.
pub(super) struct ThingFiles {
    pub name: String,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl ThingFiles {
    /// Registers the certificate that stands in `dir`, or issues one there.
    pub fn ready(mock: &Mock, dir: &Path, thing: &str) -> Result<Self, StandaloneError> {
        fs::create_dir_all(dir).map_err(|source| file_error("write", dir, source))?;
        let absolute = |name: String| {
            let path = dir.join(name);
            std::path::absolute(&path).unwrap_or(path)
        };
        let certificate = absolute(format!("thing-{thing}.pem"));
        let key = absolute(format!("thing-{thing}-key.pem"));
        if certificate.exists() && key.exists() {
            mock.register_device_certificate(thing, &read(&certificate)?)?;
        } else {
            let device = mock.issue_device_certificate(thing, None)?;
            write_private(&key, device.private_key_pem.as_bytes())?;
            write_whole(&certificate, device.certificate_pem.as_bytes())?;
        }
        Ok(Self { name: thing.to_owned(), certificate, key })
    }
}

/// A thing's name that is a file's too.
pub(super) fn thing_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if (1..=128).contains(&text.len()) && text.chars().all(fits) {
        return Ok(text.to_owned());
    }
    Err(format!("`{text}` is not a thing's name: 1 to 128 letters, digits, - and _"))
}
