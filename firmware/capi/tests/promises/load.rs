//! Clients under load: every argument refused that must be, frees at random moments by several threads at once while
//! messages flow both ways, true resets while sending.

use std::process::Command;

use mock_kvs::Config;
use serde_json::json;

use super::program::functions_of;
use crate::support::{Service, compile, compile_shared, crate_dir, has, run};

const STORM: &str = "tests/c/storm.c";

#[test]
fn every_function_refuses_null_and_handles_that_are_none() {
    let source = crate_dir().join("tests/c/nulls.c");
    let text = std::fs::read_to_string(&source).expect("the program");
    let header = "include/com/amazonaws/kinesis/video/webrtcclient/Include.h";
    for function in functions_of(&crate_dir().join(header)) {
        assert!(text.contains(&format!("IS({function}(")), "{function} is not in nulls.c");
    }
    let flags = ["-fsanitize=address,undefined"];
    let Some(program) = compile("gcc", "tests/c/nulls.c", "nulls", &flags) else { return };
    let service = Service::new(Config::default());
    assert_eq!(run(&mut service.command(&program)), "refused\n");
}

#[test]
fn many_threads_and_frees_while_messages_flow() {
    let Some(program) = compile("clang", STORM, "storm", &[]) else { return };
    let service = Service::new(Config::default());
    survives(service.command(&program).args(["door", "6", "3", "500"]));
}

#[test]
fn many_threads_and_frees_while_connections_are_reset() {
    let flags = ["-fsanitize=address,undefined"];
    let Some(program) = compile("gcc", STORM, "storm-asan", &flags) else { return };
    let service = Service::new(Config::default());
    for fault in [
        json!({"fault": "reset", "on": "SDP_OFFER", "toward": "device", "at": "50%", "every": 3}),
        json!({"fault": "reset", "on": "ICE_CANDIDATE", "every": 40}),
        json!({"fault": "go-away", "on": "ICE_CANDIDATE", "every": 70}),
    ] {
        service.fault(fault);
    }
    survives(service.command(&program).args(["door", "4", "5", "900"]));
    let fired = service.mock.journal().counts().faults;
    println!("faults that fired: {fired:?}");
}

#[test]
fn many_threads_and_frees_under_the_thread_sanitizer() {
    let Some(program) = compile_shared("gcc", STORM, "storm-tsan", &["-fsanitize=thread"]) else {
        return;
    };
    let service = Service::new(Config::default());
    let mut command = service.command(&program);
    command.env("TSAN_OPTIONS", "ignore_noninstrumented_modules=1").args(["door", "3", "9", "500"]);
    survives(&mut command);
}

#[test]
fn many_threads_and_frees_leave_nothing_behind_under_valgrind() {
    if !has("valgrind") {
        return;
    }
    let Some(program) = compile("cc", STORM, "storm-valgrind", &[]) else { return };
    let service = Service::new(Config::default());
    let mut command = service.command("valgrind".as_ref());
    command
        // ring's assembly writes what valgrind takes for uninitialised; leaks and frees are the question here.
        .args(["--quiet", "--leak-check=full", "--error-exitcode=9", "--undef-value-errors=no"])
        .args(["--errors-for-leak-kinds=definite,indirect,possible", "--fair-sched=yes"])
        .arg(&program)
        .args(["door", "2", "4", "3000"]);
    survives(&mut command);
}

/// It came through, and messages were received on both sides.
fn survives(command: &mut Command) {
    let said = run(command);
    let last = said.lines().last().unwrap_or_default();
    println!("{last}");
    assert!(last.starts_with("survived "), "{said}");
    let count = |what: &str| {
        let before = last.split(what).next().unwrap_or_default();
        before.rsplit([' ', ':']).find_map(|word| word.parse::<u32>().ok()).unwrap_or_default()
    };
    assert!(count(" received by the master") > 0 && count(" by viewers") > 0, "{said}");
    assert!(said.contains("deleted 0x00000000"), "{said}");
}
