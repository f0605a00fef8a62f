//! The first place where two texts differ, with what stands around it.

use std::fmt;

/// Lines shown before the difference.
const BEFORE: usize = 3;
/// Lines shown of each side from the difference on.
const AFTER: usize = 3;

/// Where two snapshots differ first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Line in the contents, from 1.
    pub line: usize,
    /// The variant whose section it is in; empty without `vary`.
    pub variant: String,
    /// The lines before it, which both have.
    pub common: Vec<String>,
    /// What the snapshot has from there.
    pub old: Vec<String>,
    /// What the run has from there.
    pub new: Vec<String>,
}

/// The first difference; `None` when there is none.
pub(super) fn first(old: &str, new: &str) -> Option<Difference> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    if same == old.len() && same == new.len() {
        return None;
    }
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    let rest = |lines: &[&str]| owned(&lines[same..lines.len().min(same + AFTER)]);
    let heading = new[..same].iter().rev().find_map(|line| line.strip_prefix(super::HEADING));
    Some(Difference {
        line: same + 1,
        variant: heading.unwrap_or_default().to_owned(),
        common: owned(&new[same.saturating_sub(BEFORE)..same]),
        old: rest(&old),
        new: rest(&new),
    })
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "first difference at line {}", self.line)?;
        if !self.variant.is_empty() {
            write!(f, " ({})", self.variant)?;
        }
        let sides = [("  ", &self.common), ("- ", &self.old), ("+ ", &self.new)];
        for (mark, lines) in sides {
            for line in lines {
                write!(f, "\n  {mark}{line}")?;
            }
        }
        Ok(())
    }
}
