//! Exit codes (decision 19). Stable: scripts and CI depend on them.

use super::Totals;

/// Every run passed, warned or was skipped for a reason.
pub const EXIT_PASS: u8 = 0;
/// A scenario failed, or a snapshot changed.
pub const EXIT_FAIL: u8 = 1;
/// Nothing failed, but some run has no evidence.
pub const EXIT_INCONCLUSIVE: u8 = 2;
/// A board, QEMU, a port or an image broke, or nothing was executed.
pub const EXIT_INFRA: u8 = 3;
/// Wrong usage, or an invalid scenario file (`EX_USAGE` of sysexits.h).
pub const EXIT_USAGE: u8 = 64;
/// Interrupted: 128 + SIGINT, as shells report it.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Everything the exit code depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    /// Wrong usage or an invalid file was met.
    pub usage: bool,
    /// Ctrl-C.
    pub interrupted: bool,
    /// A board named with `--board` is not there.
    pub board_missing: bool,
    /// A snapshot changed or is referenced by nothing.
    pub snapshot_changed: bool,
    /// A known failure is gone, or its entry has expired.
    pub baseline_wrong: bool,
    /// `--deny warn`.
    pub deny_warn: bool,
    /// `--allow-skip`: nothing executed, or a named board missing, is fine.
    pub allow_skip: bool,
}

impl Ending {
    /// The exit code, with the precedence 64 > 130 > 3 > 1 > 2 > 0.
    pub const fn exit_code(self, totals: &Totals) -> u8 {
        let idle = (totals.executed() == 0 || self.board_missing) && !self.allow_skip;
        if self.usage {
            EXIT_USAGE
        } else if self.interrupted {
            EXIT_INTERRUPTED
        } else if totals.infra > 0 || idle {
            EXIT_INFRA
        } else if totals.fail > 0
            || self.snapshot_changed
            || self.baseline_wrong
            || (self.deny_warn && totals.warn > 0)
        {
            EXIT_FAIL
        } else if totals.inconclusive > 0 {
            EXIT_INCONCLUSIVE
        } else {
            EXIT_PASS
        }
    }
}
