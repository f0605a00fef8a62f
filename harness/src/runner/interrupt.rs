//! Ctrl-C: the first stops every run in order, the second kills everything at once.

use tokio::sync::watch;

use crate::board::kill_all_children;
use crate::verdict::EXIT_INTERRUPTED;

/// Listens from now on, on a thread of its own; calls `first` at the first Ctrl-C (or SIGTERM).
pub fn listen(first: impl FnOnce() + Send + 'static) -> watch::Receiver<bool> {
    let (cancel, cancelled) = watch::channel(false);
    let thread = std::thread::Builder::new().name("interrupt".into());
    // Without the thread Ctrl-C has the system's effect, and devices end with their stdin.
    let _ = thread.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            stop_asked().await;
            cancel.send_replace(true);
            first();
            stop_asked().await;
            kill_all_children();
            std::process::exit(i32::from(EXIT_INTERRUPTED));
        });
    });
    cancelled
}

#[cfg(unix)]
async fn stop_asked() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        return wait_for_ctrl_c().await;
    };
    tokio::select! {
        biased;
        () = wait_for_ctrl_c() => {}
        _ = term.recv() => {}
    }
}

#[cfg(not(unix))]
async fn stop_asked() {
    wait_for_ctrl_c().await;
}

async fn wait_for_ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // No handler could be set: the system's own effect stays.
        std::future::pending::<()>().await;
    }
}
