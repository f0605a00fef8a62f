//! A child process's output and its end.

use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;

use super::lines::Lines;
use super::{Ear, Output};

/// What one device may say in a run; a device that floods its console is cut off.
const OUTPUT_MAX: usize = 64 * 1024 * 1024;

/// How a process ended.
pub enum Exit {
    /// With this status.
    Status(ExitStatus),
    /// Nobody can say.
    Unknown(std::io::Error),
}

impl Exit {
    /// In words.
    pub fn text(&self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Unknown(error) => format!("unknown: {error}"),
        }
    }

    /// Its exit code, where it has one.
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::Status(status) => status.code(),
            Self::Unknown(_) => None,
        }
    }
}

/// Reads both outputs to their end, then says how the process ended. `stdout` comes with what a line
/// on it is; a line on `stderr` is log text.
pub async fn watch(
    mut child: Child,
    (stdout, said): (impl AsyncRead + Unpin, fn(String) -> Output),
    stderr: impl AsyncRead + Unpin,
    ear: &Ear,
) -> Exit {
    // Both ends of output and the exit itself: a grandchild may hold a pipe open for ever.
    let reading = async {
        tokio::join!(
            read(stdout, |line| ear.hear(said(line))),
            read(stderr, |line| ear.hear(Output::Log(line))),
        )
    };
    tokio::pin!(reading);
    let status = tokio::select! {
        biased;
        _ = &mut reading => child.wait().await,
        status = child.wait() => {
            // What it wrote before it ended is still in the pipes.
            let _ = tokio::time::timeout(Duration::from_millis(500), &mut reading).await;
            status
        }
    };
    status.map_or_else(Exit::Unknown, Exit::Status)
}

async fn read(mut from: impl AsyncRead + Unpin, line: impl Fn(String)) {
    let mut lines = Lines::default();
    let mut chunk = [0; 4096];
    let mut total = 0;
    while let Ok(count) = from.read(&mut chunk).await {
        total += count;
        if count == 0 || total > OUTPUT_MAX {
            break;
        }
        lines.feed(chunk.get(..count).unwrap_or_default(), &line);
    }
    if let Some(rest) = lines.rest() {
        line(rest);
    }
}
