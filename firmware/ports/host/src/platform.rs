//! What only the operating system knows. Nothing here is used by a device that runs inside another
//! program on virtual time.

use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Milliseconds since 1970 by the system's clock; 0 when that is set to before.
#[expect(clippy::disallowed_methods, reason = "the one place where this port reads a wall clock")]
pub fn unix_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Entropy of the system.
///
/// # Panics
/// When the system has none: no key made then would be one.
pub fn fill(bytes: &mut [u8]) {
    let provider = rustls::crypto::ring::default_provider();
    provider.secure_random.fill(bytes).expect("the system has a source of entropy");
}

/// First 16 hex digits of the SHA-256 of this very program.
///
/// # Errors
/// When it cannot be read.
pub fn image_hash() -> io::Result<String> {
    let program = std::fs::read(std::env::current_exe()?)?;
    Ok(Sha256::digest(program).iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

/// Replaces a file at once: a power cut leaves the old content or the new one.
///
/// # Errors
/// When it cannot be written.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    std::fs::write(&fresh, content)?;
    std::fs::rename(&fresh, path)
}

/// Resident memory and open files, where the system tells.
#[cfg(feature = "console")]
pub(crate) fn gauges(report: &mut dyn FnMut(&str, u64)) {
    if let Some(bytes) = resident_bytes() {
        report("rss_bytes", bytes);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // The directory being read is one of them.
        report("open_files", files.count().saturating_sub(1) as u64);
    }
}

#[cfg(feature = "console")]
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}
