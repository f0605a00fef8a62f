//! What ends the mock: Ctrl-C, SIGTERM, the end of the parent.

use std::time::Duration;

use super::StandaloneError;
use crate::change::{Change, Target};
use crate::mock::Mock;
use crate::platform::ended;

/// A client that does not answer a close frame in this time is cut off.
const GOODBYE_MAX: Duration = Duration::from_secs(1);

/// Catches signals from the moment it is made.
pub(super) struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    parent_pid: Option<i32>,
}

impl Stop {
    pub fn new(parent_pid: Option<i32>) -> Result<Self, StandaloneError> {
        #[cfg(unix)]
        let signals = {
            use tokio::signal::unix::{SignalKind, signal};
            let caught = |kind| signal(kind).map_err(StandaloneError::Signal);
            [caught(SignalKind::interrupt())?, caught(SignalKind::terminate())?]
        };
        Ok(Self {
            #[cfg(unix)]
            signals,
            parent_pid,
        })
    }

    /// Why it is time to stop.
    #[cfg(unix)]
    pub async fn wait(self) -> Result<&'static str, StandaloneError> {
        let [mut interrupt, mut terminate] = self.signals;
        tokio::select! {
            biased;
            _ = interrupt.recv() => Ok("SIGINT"),
            _ = terminate.recv() => Ok("SIGTERM"),
            ended = parent(self.parent_pid) => ended,
        }
    }

    /// Why it is time to stop.
    #[cfg(not(unix))]
    pub async fn wait(self) -> Result<&'static str, StandaloneError> {
        tokio::select! {
            biased;
            caught = tokio::signal::ctrl_c() => {
                caught.map_err(StandaloneError::Signal).map(|()| "Ctrl-C")
            }
            ended = parent(self.parent_pid) => ended,
        }
    }
}

/// Closes every WebSocket in order, and waits a little for the clients to agree.
pub(super) async fn say_goodbye(mock: &Mock) {
    let mut ends = mock.journal().subscribe();
    let reason = "the mock is stopping".to_owned();
    let close = Change::Close { to: Target::default(), code: 1001, reason };
    // It errs when nobody is there.
    if mock.change(&close).is_err() {
        return;
    }
    let all_gone = async {
        while mock.shared.with(|state, _| state.sockets(None).next().is_some()) {
            if ends.recv().await.is_none() {
                return;
            }
        }
    };
    if tokio::time::timeout(GOODBYE_MAX, all_gone).await.is_err() {
        tracing::warn!("some clients do not answer the close frame; they are cut off");
    }
}

async fn parent(pid: Option<i32>) -> Result<&'static str, StandaloneError> {
    match pid {
        Some(pid) => {
            ended(pid).await.map_err(|source| StandaloneError::Parent { pid, source })?;
            Ok("the parent has ended")
        }
        None => std::future::pending().await,
    }
}
