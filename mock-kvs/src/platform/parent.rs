//! Waiting for the end of a process that is not our child.

use std::io;

/// Returns once the process has ended, also when there is none of that number.
///
/// # Errors
/// When the system gives no means to know.
#[cfg(target_os = "linux")]
pub(crate) async fn ended(pid: i32) -> io::Result<()> {
    use rustix::process::{PidfdFlags, pidfd_open};

    match pidfd_open(number(pid)?, PidfdFlags::empty()) {
        // A pidfd is readable once its process has ended (pidfd_open(2)), reaped or not.
        Ok(process) => super::timerfd::watch(process)?.readable().await.map(drop),
        Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Returns once the process has ended: asked for five times a second.
///
/// # Errors
/// When the system gives no means to know.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) async fn ended(pid: i32) -> io::Result<()> {
    let pid = number(pid)?;
    while rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH) {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Not on this system.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub(crate) async fn ended(_pid: i32) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "only Unix systems can be asked"))
}

#[cfg(unix)]
fn number(pid: i32) -> io::Result<rustix::process::Pid> {
    rustix::process::Pid::from_raw(pid).ok_or_else(|| io::ErrorKind::InvalidInput.into())
}
