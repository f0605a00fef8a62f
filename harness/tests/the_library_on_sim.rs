//! The scenarios of this repository hold on `sim`, and their snapshots say what happens in them.

mod support;

use std::path::{Path, PathBuf};

use support::scenario;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_scenario_passes_and_is_as_its_snapshot_says() {
    let out = tempfile::tempdir().expect("a directory");
    let out = out.path().to_str().expect("UTF-8");
    let said = scenario(&repository(), &["run", "--board", "sim", "--out", out]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(!said.out.contains("no snapshot of"), "{}", said.out);
    assert!(!said.out.contains("snapshot changed"), "{}", said.out);
}

#[test]
fn a_run_that_differs_from_its_snapshot_fails_and_shows_where() {
    let dir = tempfile::tempdir().expect("a directory");
    let folder = dir.path().join("scenarios/reconnect");
    std::fs::create_dir_all(&folder).expect("a directory");
    let library = repository().join("scenarios/reconnect");
    let copy = |name: &str| std::fs::copy(library.join(name), folder.join(name)).expect("a file");
    copy("close-1001.yaml");
    copy("close-1001.snap");
    let snapshot = folder.join("close-1001.snap");
    let run = |how: &str| scenario(dir.path(), &["run", "--board", "sim", "--snapshots", how]);

    let same = run("check");
    assert_eq!(same.code, Some(0), "{}{}", same.out, same.err);

    let text = std::fs::read_to_string(&snapshot).expect("a snapshot");
    let changed = text.replace("service ws.close actor=device by=service code=1001", "gone");
    assert_ne!(text, changed);
    std::fs::write(&snapshot, &changed).expect("its owner");
    let differs = run("check");
    assert_eq!(differs.code, Some(1), "{}{}", differs.out, differs.err);
    assert!(differs.out.contains("- gone"), "{}", differs.out);
    assert!(folder.join("close-1001.snap.new").exists(), "for `cargo insta review`");

    assert_eq!(run("accept").code, Some(0));
    assert_eq!(std::fs::read_to_string(&snapshot).expect("a snapshot"), text);

    std::fs::write(folder.join("stray.snap"), &text).expect("its owner");
    let stray = run("check");
    assert_eq!(stray.code, Some(1), "{}{}", stray.out, stray.err);
    assert!(stray.out.contains("beside no scenario"), "{}", stray.out);
}
