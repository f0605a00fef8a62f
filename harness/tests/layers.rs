//! Who may know whom, and the house rules that a compiler does not hold (README, "Invariants").

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// Every Rust file at or below `dir` as (path from the root, text).
fn sources(dir: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut pending = vec![root().join(dir)];
    while let Some(path) = pending.pop() {
        if path.is_dir() && !path.ends_with("target") {
            let entries = std::fs::read_dir(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
            pending.extend(entries.map(|entry| entry.expect("a directory entry").path()));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            let text = std::fs::read_to_string(&path).expect("UTF-8 source");
            let name = path.strip_prefix(root()).expect("inside").display().to_string();
            found.push((name, text));
        }
    }
    assert!(!found.is_empty(), "no source below {dir}: has it moved?");
    found.sort();
    found
}

/// The code of a file: comments and the insides of one-line strings left out, so that words in prose
/// do not count.
fn code(text: &str) -> String {
    let mut all = String::new();
    for line in text.lines().map(|line| line.split("//").next().unwrap_or_default()) {
        for piece in line.split('"').step_by(2) {
            all.push_str(piece);
            all.push('"');
        }
        all.push('\n');
    }
    all
}

/// Whether `text` names the path `word` (`crate::runner`, `kvs_signaling`), not as part of another word.
fn names(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !inside(before) && !inside(after)
    })
}

/// Fails naming each file below `dir` whose code names one of `words`, unless `allowed` says so.
fn forbid(dir: &str, words: &[&str], allowed: &[&str], why: &str) {
    let mut broken = Vec::new();
    for (file, text) in sources(dir) {
        if allowed.iter().any(|prefix| file.starts_with(prefix)) || file.contains("/tests") {
            continue;
        }
        let text = code(&text);
        broken.extend(words.iter().filter(|w| names(&text, w)).map(|w| format!("{file}: {w}")));
    }
    assert!(broken.is_empty(), "{why}:\n  {}", broken.join("\n  "));
}

#[test]
fn packages_depend_only_downwards() {
    // package -> the workspace packages it may depend on (not counting its tests)
    let allowed: &[(&str, &[&str])] = &[
        ("kvs-trace", &[]),
        ("kvs-signaling", &[]),
        ("kvs-store", &[]),
        ("kvs-device", &["kvs-signaling", "kvs-trace"]),
        ("kvs-port-host", &["kvs-device", "kvs-signaling", "kvs-trace"]),
        ("kvs-port-idf", &["kvs-device", "kvs-signaling"]),
        ("kvs-capi", &["kvs-device", "kvs-port-host", "kvs-port-idf", "kvs-signaling"]),
        ("mock-kvs", &[]),
        ("harness", &["kvs-port-host", "kvs-trace", "mock-kvs"]),
    ];
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .expect("cargo metadata");
    let ours: BTreeSet<_> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    let known: BTreeSet<_> = allowed.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(ours, known, "a new package needs its place in this table");

    for package in &metadata.packages {
        let (_, may) = allowed.iter().find(|(n, _)| *n == package.name.as_str()).expect("known");
        for dependency in &package.dependencies {
            let test_only = dependency.kind == cargo_metadata::DependencyKind::Development;
            if ours.contains(&dependency.name) && !test_only {
                assert!(
                    may.contains(&dependency.name.as_str()),
                    "{} must not depend on {}",
                    package.name,
                    dependency.name
                );
            }
        }
    }
}

#[test]
fn the_service_and_the_firmware_share_no_code() {
    let firmware = ["kvs_signaling", "kvs_trace", "kvs_device", "kvs_port_host"];
    forbid("mock-kvs", &firmware, &[], "a shared mistake must not cancel out");
    for dir in [
        "firmware/trace",
        "firmware/signaling",
        "firmware/device",
        "firmware/store",
        "firmware/ports/host",
        "firmware/ports/idf",
        "firmware/ports/embassy",
        "firmware/ports/esp32c3",
        "firmware/ports/qemu-virt",
    ] {
        forbid(dir, &["mock_kvs"], &[], "a shared mistake must not cancel out");
    }
}

#[test]
fn the_harness_reaches_device_code_through_one_door() {
    forbid(
        "harness/src",
        &["kvs_port_host", "kvs_signaling", "kvs_device"],
        &["harness/src/board/sim.rs", "harness/src/board/sim/"],
        "only board/sim.rs may run device code in process",
    );
}

#[test]
fn checks_are_pure() {
    forbid(
        "harness/src/check",
        &["crate::runner", "crate::board", "crate::report", "std::fs", "std::net", "tokio"],
        &[],
        "a check is a function of recorded evidence",
    );
}

#[test]
fn the_core_has_no_clock_no_alloc_no_io() {
    let words = ["std", "alloc", "async", "await", "tokio", "kvs_device", "SystemTime", "println"];
    for dir in ["firmware/signaling/src", "firmware/trace/src"] {
        forbid(dir, &words, &[], "the core never allocates, awaits, logs or reads a clock");
    }
    for krate in ["trace", "signaling"] {
        let lib = std::fs::read_to_string(root().join(format!("firmware/{krate}/src/lib.rs")))
            .expect("lib.rs");
        for attribute in ["#![no_std]", "#![forbid(unsafe_code)]"] {
            assert!(lib.contains(attribute), "firmware/{krate}/src/lib.rs lacks {attribute}");
        }
    }
}

#[test]
fn wire_knows_bytes_and_nothing_else() {
    forbid(
        "firmware/signaling/src/wire",
        &["crate::session", "crate::state", "crate::retry", "crate::call", "crate::cache"],
        &[],
        "wire turns bytes into values and back",
    );
    forbid(
        "firmware/signaling/src/state.rs",
        &["crate::wire", "crate::call", "crate::session", "Role"],
        &[],
        "what is legal does not depend on bytes or roles",
    );
}

#[test]
fn the_service_takes_now_as_an_argument() {
    forbid(
        "mock-kvs/src/service",
        &["tokio", "Instant", "SystemTime", "hyper", "axum", "crate::http", "crate::link"],
        &[],
        "the service is plain state; time and transport come in",
    );
}

#[test]
fn only_ports_hold_unsafe_code() {
    for dir in [
        "firmware/trace",
        "firmware/signaling",
        "firmware/device",
        "firmware/store",
        "mock-kvs",
        "harness",
    ] {
        let mine = ["harness/tests/layers.rs", "firmware/signaling/fuzz"];
        let mut broken = Vec::new();
        for (file, text) in sources(dir) {
            if !mine.iter().any(|m| file.starts_with(m)) && names(&code(&text), "unsafe") {
                broken.push(file);
            }
        }
        assert!(broken.is_empty(), "unsafe code outside ports: {broken:?}");
    }
}

#[test]
fn no_file_grows_past_500_lines() {
    let long: Vec<_> = ["firmware", "mock-kvs", "harness"]
        .into_iter()
        .flat_map(sources)
        .filter(|(_, text)| text.lines().count() > 500)
        .map(|(file, text)| format!("{file}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "split by what it owns:\n  {}", long.join("\n  "));
}
