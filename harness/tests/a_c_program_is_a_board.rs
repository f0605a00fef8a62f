//! The library of scenarios with a C program on the C API as the device, as the SDK's samples write
//! one: nothing of the harness is in it, so only what the service sees is judged.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::verdict::{Results, Verdict};
use support::scenario_with;

/// What a client can show whose keys stay the same.
const IDS: [&str; 7] = [
    "connect/first-offer-answer",
    "connect/second-master",
    "delivery/offer-sent-again",
    "limits/ten-viewers",
    "reconnect/close-1001",
    "reconnect/go-away",
    "reconnect/reset-during-offer",
];

/// Builds `master.c`; `None` without a C compiler.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn master(dir: &Path) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--locked", "-p", "kvs-capi"])
        .current_dir(&root)
        .status()
        .expect("cargo runs");
    assert!(built.success(), "kvs-capi builds");
    let test = std::env::current_exe().expect("this test");
    let debug = test.parent().and_then(Path::parent).expect("deps stands in the profile's folder");
    let program = dir.join("master");
    let compiled = Command::new("cc")
        .arg("-I")
        .arg(root.join("firmware/capi/include"))
        .arg(root.join("firmware/capi/examples/master.c"))
        .arg(debug.join("libkvs_capi.a"))
        .args(["-lpthread", "-ldl", "-lm", "-o"])
        .arg(&program)
        .status();
    let Ok(compiled) = compiled else {
        eprintln!("SKIPPED: cc is not installed");
        return None;
    };
    assert!(compiled.success(), "master.c compiles");
    Some(program)
}

#[test]
fn all_that_the_service_sees_is_in_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let Some(program) = master(dir.path()) else { return };
    let board = format!(
        "exec:exec env CONTROL_PLANE_URI=$KVS_ENDPOINT MASTER_OFFERS=1000000 '{}' $KVS_CHANNEL_NAME",
        program.display()
    );
    let ids = IDS.map(|id| format!("builtin:{id}"));
    let mut words = vec!["run", "--board", &board, "--format", "json", "--jobs", "6"];
    words.extend(ids.iter().map(String::as_str));
    let said = scenario_with(dir.path(), &words, &[]);
    let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.err));
    assert_eq!(results.runs.len(), 14, "{:#?}", results.runs);
    for run in &results.runs {
        assert_eq!(run.verdict, Verdict::Pass, "{run:#?}");
    }
}
