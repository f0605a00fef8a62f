//! Credentials for a device's certificate, as C programs and their clients get them from AWS IoT.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod support;

use std::path::Path;
use std::process::Command;

use mock_kvs::{Config, RoleAlias};
use serde_json::json;
use support::{Service, compile, converse, has, start};

/// The service asks for certificates on such names only; the program leads it to this machine.
const ENDPOINT: &str = "c1a2b3.credentials.iot.us-west-2.amazonaws.com";

fn serve(name: &str, compiler: &str, flags: &[&str], under: impl Fn(&Path, &Service) -> Command) {
    let Some(program) = compile(compiler, "tests/c/iot.c", name, flags) else { return };
    let service = Service::new(Config::default());
    service
        .mock
        .set_role_alias("cameras", RoleAlias { calls_per_second: 500, ..RoleAlias::default() });
    let device = service.mock.issue_device_certificate("camera", None).expect("a certificate");
    let dir = service.dir.path();
    std::fs::write(dir.join("certificate.pem"), &device.certificate_pem).expect("written");
    std::fs::write(dir.join("key.pem"), &device.private_key_pem).expect("written");
    let mut command = under(&program, &service);
    // Nothing but the certificate stands for this device.
    for secret in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        command.env_remove(secret);
    }
    command.arg(format!("{ENDPOINT}:{}", service.address.port()));
    command.args(["certificate.pem", "key.pem", "ca.pem", "door"]);
    let (passed, said) = converse(start(&mut command), |word| match word {
        "slow" => service.fault(json!({"fault": "http-delay", "delay": "30s"})),
        "quick" => service.heal(),
        "expire" => service.change(json!({"change": "expire-credentials"})),
        "later" => service.change(json!({"change": "clock", "offset_ms": 3_700_000})),
        "close" => service.change(json!({"change": "close", "to": {"role": "master"}})),
        other => panic!("asked for {other}"),
    });
    assert!(passed && said.ends_with("served\n"), "{compiler}:\n{said}");
    // One for each provider, and their three renewals.
    assert_eq!(service.answers("role-alias", 200), 5, "what is good is not asked for again");
}

fn alone(program: &Path, service: &Service) -> Command {
    service.command(program)
}

#[test]
fn a_certificate_stands_for_keys_built_with_gcc() {
    serve("iot", "gcc", &[], alone);
}

#[test]
fn a_certificate_stands_for_keys_built_with_clang() {
    serve("iot", "clang", &[], alone);
}

#[test]
fn nothing_is_leaked_or_overrun() {
    serve("iot-asan", "gcc", &["-fsanitize=address,undefined"], alone);
}

#[test]
fn valgrind_finds_no_leak() {
    if !has("valgrind") {
        return;
    }
    serve("iot-valgrind", "gcc", &[], |program, service| {
        let mut command = service.command("valgrind".as_ref());
        command
            // ring's assembly writes what valgrind takes for uninitialised; leaks are the question here.
            .args(["--quiet", "--leak-check=full", "--error-exitcode=9", "--undef-value-errors=no"])
            .args(["--errors-for-leak-kinds=definite,indirect,possible"])
            .arg(program);
        command
    });
}
