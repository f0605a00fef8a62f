//! `--board exec:…`: what a client is told, what becomes of its words, and what its end means.
#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use harness::verdict::{Results, RunResult, Verdict};
use support::{Said, scenario};

/// A scenario that a client which does nothing cannot pass.
const CLAIM: &str = "\
title: The client connects
liveness: off
steps:
  - wait: { for: ws.open, by: device, within: 1s }
";

fn run(dir: &Path, claim: &str, command: &str) -> (Said, RunResult) {
    run_with(dir, claim, command, &[])
}

fn run_with(dir: &Path, claim: &str, command: &str, more: &[&str]) -> (Said, RunResult) {
    std::fs::create_dir(dir.join("scenarios")).expect("a directory");
    std::fs::write(dir.join("scenarios/claim.yaml"), claim).expect("a file");
    let board = format!("exec:{command}");
    let words = ["run", "claim", "--board", &board, "--format", "json", "--out", "out"];
    let said = scenario(dir, &[&words[..], more].concat());
    let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}\n{}", said.err));
    let run = results.runs.into_iter().next().expect("one run");
    (said, run)
}

fn console(dir: &Path) -> String {
    let boards = std::fs::read_dir(dir.join("out/claim")).expect("a run folder");
    let board = boards.last().expect("one board").expect("an entry").path();
    std::fs::read_to_string(board.join("default/1/console.log")).expect("a console")
}

fn told(dir: &Path, file: &str) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(dir.join(file)).expect("what the client was told");
    let pair = |line: &str| line.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
    text.lines().filter_map(pair).collect()
}

#[test]
fn the_environment_says_where_the_service_is() {
    let dir = tempfile::tempdir().expect("a directory");
    let command = "env > told; cp \"$KVS_CA_FILE\" ca; sleep 60";
    let temporary = "service: { credentials: { valid_for: 1h } }\n";
    let (said, result) = run(dir.path(), &format!("{CLAIM}{temporary}"), command);
    assert_eq!((said.code, result.verdict), (Some(1), Verdict::Fail));
    let told = told(dir.path(), "told");
    let of = |name: &str| told.get(name).map_or("", String::as_str);
    assert!(of("KVS_ENDPOINT").starts_with("https://127.0.0.1:"), "{told:?}");
    assert_eq!(of("AWS_ENDPOINT_URL_KINESIS_VIDEO"), of("KVS_ENDPOINT"));
    assert_eq!((of("KVS_ROLE"), of("AWS_REGION")), ("master", "us-west-2"));
    let arn = format!(":channel/{}/", of("KVS_CHANNEL_NAME"));
    assert!(of("KVS_CHANNEL_ARN").contains(&arn), "{told:?}");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        assert!(of(name).len() >= 16, "{name}");
    }
    assert!(!told.contains_key("KVS_CLIENT_ID"), "only a viewer has one");
    for name in ["NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        assert_eq!(of(name), of("KVS_CA_FILE"), "{name}");
    }
    let ca = std::fs::read_to_string(dir.path().join("ca")).expect("the CA file");
    assert!(ca.contains("BEGIN CERTIFICATE"), "{ca}");
    assert!(!Path::new(of("KVS_CA_FILE")).exists(), "it is gone with the run");
}

#[test]
fn a_viewer_has_a_client_id_and_a_channel_yet_to_be_made_no_arn() {
    let dir = tempfile::tempdir().expect("a directory");
    let device = "device: { role: viewer, client_id: eye, create_channel: true }\n\
                  service: { channel: { absent: true } }\n";
    run(dir.path(), &format!("{CLAIM}{device}"), "env > told; sleep 60");
    let told = told(dir.path(), "told");
    assert_eq!(told.get("KVS_CLIENT_ID").map(String::as_str), Some("eye"));
    assert_eq!(told.get("KVS_ROLE").map(String::as_str), Some("viewer"));
    assert!(!told.contains_key("KVS_CHANNEL_ARN"), "{told:?}");
}

#[test]
fn what_it_prints_is_kept_with_its_secrets_masked() {
    let dir = tempfile::tempdir().expect("a directory");
    let command = "echo out; echo err >&2; echo \"key $AWS_SECRET_ACCESS_KEY\"; sleep 60";
    let (_, result) = run(dir.path(), CLAIM, command);
    let console = console(dir.path());
    for line in ["out", "err", "key ***"] {
        assert!(console.lines().any(|said| said == line), "{line}: {console}");
    }
    let secrets = result.checks.iter().find(|check| check.id == "secrets").expect("always judged");
    assert_eq!(secrets.verdict, Verdict::Fail, "a client that prints its keys is told so");
}

#[test]
#[cfg(target_os = "linux")]
fn no_list_of_processes_and_no_file_of_a_run_shows_a_secret() {
    let dir = tempfile::tempdir().expect("a directory");
    // All that anybody on this machine sees of the harness and of the client.
    let list =
        "cat /proc/$PPID/cmdline /proc/$$/cmdline | tr '\\0' ' '; echo; echo listed; sleep 60";
    let (_, result) = run(dir.path(), CLAIM, list);
    let console = console(dir.path());
    assert!(console.contains("listed") && console.contains("--board"), "{console}");
    assert!(!console.contains("***"), "what is masked was there: {console}");
    let secrets = result.checks.iter().find(|check| check.id == "secrets").expect("always judged");
    assert_eq!(secrets.verdict, Verdict::Pass, "{secrets:#?}");
    no_private_key(dir.path());
}

/// No file below, whatever its name, holds the key of an authority or of a device.
#[cfg(target_os = "linux")]
fn no_private_key(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            no_private_key(&path);
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains("PRIVATE KEY"), "{}", path.display());
        }
    }
}

#[test]
fn a_client_that_ends_has_failed_by_itself() {
    let dir = tempfile::tempdir().expect("a directory");
    let (said, result) = run(dir.path(), CLAIM, "echo no peer >&2; exit 3");
    assert_eq!((said.code, result.verdict), (Some(1), Verdict::Fail));
    let reason = result.reason.expect("a reason");
    assert!(reason.contains("the client ended by itself: exit status: 3"), "{reason}");
}

#[test]
fn a_command_that_is_not_there_is_infra() {
    let dir = tempfile::tempdir().expect("a directory");
    let (said, result) = run(dir.path(), CLAIM, "no-such-client --please");
    assert_eq!((said.code, result.verdict), (Some(3), Verdict::Infra));
    let reason = result.reason.expect("a reason");
    assert!(reason.contains("never started: the shell could not run it"), "{reason}");
}

#[test]
fn what_only_a_trace_could_show_is_skipped_and_says_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let claim = "title: The client notices\nsteps:\n  - wait: { for: half_open, by: device }\n";
    let (said, result) = run(dir.path(), claim, "sleep 60");
    assert_eq!((said.code, result.verdict), (Some(3), Verdict::Skip), "nothing was executed");
    let reason = result.reason.expect("a reason");
    assert!(reason.contains("has no `trace` (step 1, `wait`)"), "{reason}");
}

#[test]
fn a_network_of_its_own_has_the_service_on_443_under_its_names() {
    if let Err(why) = harness::board::netns::possible() {
        eprintln!("SKIPPED: {why}");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let command = "env > told; for n in kinesisvideo m-1.kinesisvideo; do getent ahostsv4 \
                   $n.us-west-2.amazonaws.com; done > names; getent ahostsv4 example.org > other; \
                   cat /proc/net/tcp > ports; pwd > where; sleep 60";
    let (said, result) = run_with(dir.path(), CLAIM, command, &["--netns"]);
    assert_eq!((said.code, result.verdict), (Some(1), Verdict::Fail), "{result:?}");
    let of = |name: &str| std::fs::read_to_string(dir.path().join(name)).expect("a file");
    let endpoint = "KVS_ENDPOINT=https://kinesisvideo.us-west-2.amazonaws.com";
    assert!(of("told").lines().any(|line| line == endpoint), "{}", of("told"));
    assert_eq!(of("names").matches("127.0.0.1").count(), 6, "two names: {}", of("names"));
    assert_eq!(of("other"), "", "there is no way out");
    assert!(of("ports").contains("0100007F:01BB 00000000:0000 0A"), "443: {}", of("ports"));
    assert!(result.repro.ends_with("--netns"), "{}", result.repro);
    let here = dir.path().canonicalize().expect("it exists");
    assert_eq!(
        Path::new(of("where").trim()),
        here,
        "the client starts where the command was given"
    );
}

#[test]
fn a_network_of_its_own_is_for_clients_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let said = scenario(dir.path(), &["run", "--board", "sim", "--netns"]);
    assert_eq!(said.code, Some(64));
    assert!(said.err.contains("for a board `exec:COMMAND`"), "{}", said.err);
}

#[test]
fn a_board_without_a_command_is_wrong_usage() {
    let dir = tempfile::tempdir().expect("a directory");
    let said = scenario(dir.path(), &["run", "--board", "exec:"]);
    assert_eq!(said.code, Some(64));
    assert!(said.err.contains("a command must follow"), "{}", said.err);
}
