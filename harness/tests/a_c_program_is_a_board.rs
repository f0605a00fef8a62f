//! The library of scenarios with a C program on the C API as the device, as the SDK's samples write
//! one: nothing of the harness is in it, so only what the service sees is judged.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::board::cargo;
use harness::verdict::{Results, Verdict};
use support::scenario_with;

/// Whether a run was not judged because such a board lacks something: it takes no commands, writes no
/// trace, and is no machine of ours. What it has, it is judged by.
fn is_the_board_s(reason: &str) -> bool {
    let has = ["link.", "service", "tls", "net.latency"];
    reason.contains(" has no `") && !has.iter().any(|what| reason.contains(&format!("no `{what}")))
}

/// Runs that are judged to their end; a new scenario may add to them.
const PASSED: usize = 17;

/// While a real port refuses, nobody sees who knocks: tests/back_off.rs of kvs-capi hears it of the client itself.
const UNSEEN: &str = "reconnect/service-refuses-60s";

/// Builds `master.c`; `None` without a C compiler.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn master(dir: &Path) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = cargo()
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
    // Keys that are renewed come from the agent, as AWS's SDKs ask one.
    let board = format!(
        "exec:exec env -u AWS_ACCESS_KEY_ID CONTROL_PLANE_URI=$KVS_ENDPOINT MASTER_OFFERS=1000000 \
         '{}' $KVS_CHANNEL_NAME",
        program.display()
    );
    let words = ["run", "--board", &board, "--format", "json", "--jobs", "8"];
    let said = scenario_with(dir.path(), &words, &[]);
    let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.err));
    let mut passed = 0;
    for run in &results.runs {
        match run.verdict {
            Verdict::Pass => passed += 1,
            Verdict::Skip => {
                let reason = run.reason.as_deref().unwrap_or_default();
                assert!(is_the_board_s(reason), "{run:#?}");
            }
            Verdict::Inconclusive => {
                assert_eq!(run.id, UNSEEN, "{run:#?}");
                let mut open = run.checks.iter().filter(|c| c.verdict == Verdict::Inconclusive);
                assert!(open.all(|check| check.id == "backoff"), "{run:#?}");
            }
            Verdict::Fail | Verdict::Warn | Verdict::Infra => panic!("{run:#?}"),
        }
    }
    assert!(passed >= PASSED, "{passed} passed: {:#?}", results.runs);
}
