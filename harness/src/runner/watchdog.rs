//! Whether the harness itself got to run. On real time a starved harness sees everything late, and
//! then nothing may be said about the device (decision 20).

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

/// How often the harness checks its own timer.
const TICK: Duration = Duration::from_millis(50);
/// A timer later than this makes the run's evidence worthless.
pub const LATE_MAX: Duration = Duration::from_millis(200);

/// Measures how late a timer of this runtime fires. On virtual time nothing is ever late.
pub struct Watchdog {
    latest: Rc<Cell<Duration>>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Watchdog {
    /// Watches until dropped; must be made inside a `LocalSet`.
    pub fn start(virtual_clock: bool) -> Self {
        let latest = Rc::new(Cell::new(Duration::ZERO));
        let watched = Rc::clone(&latest);
        let watch = || {
            tokio::task::spawn_local(async move {
                loop {
                    let due = Instant::now() + TICK;
                    tokio::time::sleep_until(due).await;
                    watched.set(watched.get().max(due.elapsed()));
                }
            })
        };
        Self { latest, task: (!virtual_clock).then(watch) }
    }

    /// The latest a timer was so far.
    pub fn latest(&self) -> Duration {
        self.latest.get()
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
