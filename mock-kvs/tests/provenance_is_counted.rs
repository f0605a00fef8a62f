//! Each behaviour in the guide to the service says how it is known, in the guide's own words, and
//! the guide counts them (`BLESS=1` writes the count).

mod support;

use std::collections::BTreeMap;

use support::tools::package;

const WORDS: [&str; 5] = ["model", "doc", "sdk", "field", "ours"];

#[test]
fn each_behaviour_says_how_it_is_known() {
    let file = package().join("docs/service.md");
    let guide = std::fs::read_to_string(&file).expect("the guide");
    let counts = counted(&guide);
    let total: usize = counts.values().sum();
    let each: Vec<_> = WORDS
        .iter()
        .map(|word| format!("{word} {}", counts.get(word).copied().unwrap_or_default()))
        .collect();
    let line = format!("Provenance: {total} behaviours, {}.", each.join(", "));
    let stands = guide.lines().find(|line| line.starts_with("Provenance: ")).expect("a count");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, guide.replace(stands, &line)).expect("written");
    } else {
        assert_eq!(stands, line, "BLESS=1 writes it");
    }
}

/// Rows of tables with a column `provenance`, by the first word there.
fn counted(guide: &str) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    let mut column = None;
    for line in guide.lines() {
        let Some(row) = line.strip_prefix('|') else {
            column = None;
            continue;
        };
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        if let Some(found) = cells.iter().position(|cell| *cell == "provenance") {
            column = Some(found);
            continue;
        }
        let Some(cell) = column.and_then(|column| cells.get(column)) else { continue };
        if cell.starts_with("---") {
            continue;
        }
        let first = cell.split(|c: char| !c.is_alphanumeric()).next();
        let word = WORDS.into_iter().find(|word| first == Some(word));
        let word = word.unwrap_or_else(|| panic!("`{cell}` is none of {WORDS:?}: {line}"));
        *counts.entry(word).or_default() += 1;
    }
    counts
}
