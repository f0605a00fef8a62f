//! `scenario probe`: a transcript that is the same each time, and names no secret.

mod support;

use support::scenario;

#[test]
fn the_mock_s_transcript_is_as_committed() {
    let dir = tempfile::tempdir().expect("a directory");
    let said = scenario(dir.path(), &["probe", "--service", "mock", "--out", "mock.txt"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{}", said.out);
    let transcript = std::fs::read_to_string(dir.path().join("mock.txt")).expect("a file");
    for secret in ["AKIA", "arn:aws", "123456789012", "127.0.0.1", "scenario-probe-"] {
        assert!(!transcript.contains(secret), "{secret} is in it");
    }
    insta::assert_snapshot!(transcript);
}

#[test]
fn another_region_gives_the_same_transcript() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = scenario(dir.path(), &["probe", "--service", "mock"]);
    let second = scenario(dir.path(), &["probe", "--service", "mock", "--region", "eu-west-1"]);
    assert_eq!((first.code, second.code), (Some(0), Some(0)), "{}{}", first.err, second.err);
    assert_eq!(first.out, second.out);
}

#[test]
fn aws_is_not_probed_without_keys() {
    let dir = tempfile::tempdir().expect("a directory");
    let args = ["probe", "--service", "aws"];
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_scenario"));
    command.args(args).current_dir(dir.path());
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        command.env_remove(name);
    }
    let output = command.output().expect("ran");
    assert_eq!(output.status.code(), Some(64));
    let error = String::from_utf8(output.stderr).expect("text");
    assert!(error.contains("set AWS_ACCESS_KEY_ID"), "{error}");
}
