//! The same seed on `sim` gives byte-identical histories, for every scenario and variant; another
//! seed does not.

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use support::scenario;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every history of the library on `sim` with this seed, by its place.
fn histories(seed: &str, jobs: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let dir = tempfile::tempdir().expect("a directory");
    let out = dir.path().to_str().expect("UTF-8");
    let words = ["run", "--board", "sim", "--seed", seed, "--jobs", jobs, "--out", out];
    let said = scenario(&repository(), &words);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let mut found = BTreeMap::new();
    let mut folders = vec![dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("history.jsonl") {
                let place = path.strip_prefix(dir.path()).expect("below it").to_owned();
                found.insert(place, std::fs::read(&path).expect("a history"));
            }
        }
    }
    found
}

#[test]
fn one_seed_gives_one_history_however_many_run_beside_it() {
    let (first, second) = (histories("7", "1"), histories("7", "4"));
    assert!(first.len() >= 12, "every scenario and variant: {}", first.len());
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (place, history) in &first {
        let same = second.get(place) == Some(history);
        assert!(same, "{} differs between two runs of one seed", place.display());
    }
}

#[test]
fn another_seed_gives_another_history() {
    let (first, second) = (histories("7", "2"), histories("8", "2"));
    let after_header = |history: &Vec<u8>| history.iter().position(|byte| *byte == b'\n');
    let body = |history: &Vec<u8>| history[after_header(history).expect("a header")..].to_vec();
    for (place, history) in &first {
        assert_ne!(Some(body(history)), second.get(place).map(body), "{}", place.display());
    }
}
