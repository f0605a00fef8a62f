//! What a run says when the image is broken, and when the firmware is: each has its own verdict.
#![cfg(unix)]

#[path = "support/image.rs"]
mod image;
mod support;

use std::path::{Path, PathBuf};

use harness::verdict::{Results, RunResult, Verdict};
use kvs_trace::Event;
use support::scenario;

/// A scenario that a device which does nothing cannot pass.
const CLAIM: &str = "\
title: The device connects
liveness: off
steps:
  - wait: { for: ws.open, by: device, within: 1s }
";

fn run(image: impl FnOnce(&Path) -> PathBuf) -> (Option<i32>, RunResult) {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(dir.path().join("scenarios")).expect("a directory");
    std::fs::write(dir.path().join("scenarios/claim.yaml"), CLAIM).expect("a file");
    let image = image(dir.path());
    let image = image.to_str().expect("UTF-8");
    let words = ["run", "claim", "--board", "host", "--image", image, "--format", "json"];
    let said = scenario(dir.path(), &words);
    let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}\n{}", said.err));
    let run = results.runs.into_iter().next().expect("one run");
    (said.code, run)
}

fn reason(run: &RunResult) -> &str {
    run.reason.as_deref().expect("a reason")
}

#[test]
fn an_image_that_says_nothing_is_infra() {
    let (code, run) = run(|dir| image::script(dir, "cat > /dev/null"));
    assert_eq!((code, run.verdict), (Some(3), Verdict::Infra));
    assert!(reason(&run).contains("said no hello"), "{}", reason(&run));
}

#[test]
fn an_image_that_prints_garbage_and_ends_is_infra() {
    let body = "head -c 20000 /dev/urandom; echo; echo '@kvs 0 0 hello proto=1 *0000'; exit 7";
    let (code, run) = run(|dir| image::script(dir, body));
    assert_eq!((code, run.verdict), (Some(3), Verdict::Infra));
    assert!(reason(&run).contains("ended before it said hello"), "{}", reason(&run));
    assert!(reason(&run).contains('7'), "how it ended: {}", reason(&run));
}

#[test]
fn an_image_that_cannot_be_started_is_infra() {
    let (code, run) = run(|dir| {
        let path = dir.join("image.txt");
        std::fs::write(&path, "no program").expect("a file");
        path
    });
    assert_eq!((code, run.verdict), (Some(3), Verdict::Infra));
    assert!(reason(&run).contains("cannot start"), "{}", reason(&run));
}

#[test]
fn a_board_that_never_acknowledges_is_infra() {
    let body = format!("echo '{}'; cat > /dev/null", image::hello());
    let (code, run) = run(|dir| image::script(dir, &body));
    assert_eq!((code, run.verdict), (Some(3), Verdict::Infra));
    assert!(reason(&run).contains("did not answer `set`"), "{}", reason(&run));
}

#[test]
fn another_console_protocol_is_infra() {
    let other = Event::Hello { proto: 99, image: "x", board: "host", reset: "power", mac: "none" };
    let body = format!("echo '{}'; cat > /dev/null", image::line(0, &other));
    let (code, run) = run(|dir| image::script(dir, &body));
    assert_eq!((code, run.verdict), (Some(3), Verdict::Infra));
    assert!(reason(&run).contains("console protocol 99"), "{}", reason(&run));
}

#[test]
fn a_device_that_panics_fails() {
    let panic = image::line(201, &Event::Panic { text: "index out of bounds" });
    let on_start = format!("echo '{panic}'; exit 101");
    let (code, run) = run(|dir| image::obedient(dir, &on_start));
    assert_eq!((code, run.verdict), (Some(1), Verdict::Fail));
    assert!(reason(&run).contains("panicked: index out of bounds"), "{}", reason(&run));
}

#[test]
fn a_device_that_ends_after_its_start_fails() {
    let (code, run) = run(|dir| image::obedient(dir, "exit 3"));
    assert_eq!((code, run.verdict), (Some(1), Verdict::Fail));
    assert!(reason(&run).contains("ended by itself"), "{}", reason(&run));
}

#[test]
fn a_device_that_does_nothing_fails_its_claim() {
    let (code, run) = run(|dir| image::obedient(dir, ""));
    assert_eq!((code, run.verdict), (Some(1), Verdict::Fail));
    assert!(reason(&run).contains("required ws.open by device within 1.000 s"), "{}", reason(&run));
}
