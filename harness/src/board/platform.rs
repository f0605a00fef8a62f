//! Process groups, where the system has them. Elsewhere only the process itself is killed.

use std::collections::BTreeSet;
use std::sync::Mutex;

/// The children that run now, so that a second Ctrl-C leaves none behind.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// A child in a process group of its own; the group is killed when this is dropped.
pub struct Group(Option<u32>);

impl Group {
    /// Remembers the child `id`, the leader of its group.
    pub fn new(id: Option<u32>) -> Self {
        if let Some(id) = id {
            with_running(|running| running.insert(id));
        }
        Self(id)
    }
}

impl Group {
    /// Asks everyone in the group to leave (SIGTERM).
    pub fn ask_to_leave(&self) {
        if let Some(id) = self.0 {
            terminate(id);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            kill(id);
            with_running(|running| running.remove(&id));
        }
    }
}

/// Kills every child of this program at once, with what they started.
pub fn kill_all_children() {
    with_running(|running| running.iter().for_each(|&id| kill(id)));
}

fn with_running<T>(act: impl FnOnce(&mut BTreeSet<u32>) -> T) -> T {
    // A panic elsewhere must not keep children alive.
    let mut running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    act(&mut running)
}

/// Puts the child into a group of its own, so that a Ctrl-C on the terminal reaches only us.
#[cfg(unix)]
pub fn own_group(command: &mut tokio::process::Command) {
    command.process_group(0);
}

/// No process groups here.
#[cfg(not(unix))]
pub fn own_group(_command: &mut tokio::process::Command) {}

#[cfg(unix)]
fn kill(id: u32) {
    signal(id, rustix::process::Signal::KILL);
}

#[cfg(unix)]
fn terminate(id: u32) {
    signal(id, rustix::process::Signal::TERM);
}

#[cfg(unix)]
fn signal(group: u32, signal: rustix::process::Signal) {
    use rustix::process::{Pid, kill_process_group};
    let pid = i32::try_from(group).ok().and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have gone by itself; that is what was wanted.
        let _ = kill_process_group(pid, signal);
    }
}

#[cfg(not(unix))]
fn terminate(_id: u32) {
    // There is no polite way; kill_on_drop follows.
}

#[cfg(not(unix))]
fn kill(_id: u32) {
    // tokio's kill_on_drop ends the process itself; the device ends when its stdin does.
}
