//! Lines that come again and again, written once.

use std::collections::BTreeMap;

/// The longest run of lines that is looked for again: a reconnect with its calls takes about 40.
const BLOCK_MAX: usize = 64;
/// A block of several lines is folded from this many times on.
const TIMES_MIN: usize = 3;

/// Folds repeated lines and repeated blocks of lines.
pub(super) fn fold(lines: &[String]) -> Vec<String> {
    // Numbers compare faster than texts, and a day has 80,000 lines.
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let ids: Vec<usize> = lines
        .iter()
        .map(|line| {
            let next = known.len();
            *known.entry(line).or_insert(next)
        })
        .collect();
    let mut folded = Vec::new();
    let mut at = 0;
    while at < ids.len() {
        let (block, times) = best(&ids, at);
        let shown = &lines[at..at + block];
        match (block, times) {
            (1, 1) => folded.push(shown[0].clone()),
            (1, _) => folded.push(format!("{} ×{times}", shown[0])),
            (_, _) => {
                folded.extend_from_slice(shown);
                folded.push(format!("(these {block} lines {times} times)"));
            }
        }
        at += block * times;
    }
    folded
}

/// The block that begins at `at`, and how often it stands there, so that most lines are covered;
/// the shortest one of equals.
fn best(ids: &[usize], at: usize) -> (usize, usize) {
    let mut best = (1, 1);
    for block in 1..=BLOCK_MAX.min((ids.len() - at) / 2) {
        let times = times(ids, at, block);
        let worth = times >= if block == 1 { 2 } else { TIMES_MIN };
        if worth && block * times > best.0 * best.1 {
            best = (block, times);
        }
    }
    best
}

fn times(ids: &[usize], at: usize, block: usize) -> usize {
    let first = &ids[at..at + block];
    ids[at..].chunks_exact(block).take_while(|chunk| *chunk == first).count()
}

/// The lines that were folded.
pub(super) fn unfold(lines: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        if let Some((block, times)) = block_note(line) {
            let begin = all.len().saturating_sub(block);
            let again = all[begin..].to_vec();
            (1..times).for_each(|_| all.extend_from_slice(&again));
        } else if let Some((text, times)) = line_note(line) {
            all.extend(std::iter::repeat_n(text.to_owned(), times));
        } else {
            all.push(line.clone());
        }
    }
    all
}

/// `(these 4 lines 120 times)`.
fn block_note(line: &str) -> Option<(usize, usize)> {
    let words: Vec<&str> = line.strip_prefix('(')?.strip_suffix(')')?.split(' ').collect();
    match words[..] {
        ["these", block, "lines", times, "times"] => {
            Some((block.parse().ok()?, times.parse().ok()?))
        }
        _ => None,
    }
}

/// `device ping ×3`.
fn line_note(line: &str) -> Option<(&str, usize)> {
    let (text, times) = line.rsplit_once(" ×")?;
    Some((text, times.parse().ok()?))
}
