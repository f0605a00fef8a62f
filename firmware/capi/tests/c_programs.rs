//! C programs against the library, through the mock: the API as C has it.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod support;

use mock_kvs::Config;
use serde_json::json;
use support::{Service, compile, compile_shared, converse, has, run, start, viewer};

fn walk(compiler: &str, by_arn: bool) {
    walk_as(if by_arn { "walk-arn" } else { "walk" }, compiler, &[], by_arn);
}

fn walk_as(name: &str, compiler: &str, flags: &[&str], by_arn: bool) {
    let Some(program) = compile(compiler, "tests/c/walk.c", name, flags) else { return };
    let service = Service::new(Config::default());
    // The core counts whole milliseconds, and loopback answers in less.
    service.fault(json!({"fault": "http-delay", "delay": "20ms"}));
    let mut command = service.command(&program);
    command.arg("door");
    if by_arn {
        let made = service.runtime.block_on(async { service.mock.create_channel("door", None) });
        command.arg(made.expect("a channel").arn);
    }
    let mut anna = None;
    let (passed, said) = converse(start(&mut command), |word| match word {
        "offer" => anna = Some(start(service.command(viewer()).args(["door", "anna"]))),
        "answered" => {
            let anna = anna.take().expect("she offered");
            let (answered, said) = converse(anna, |_| {});
            assert!(answered, "the viewer:\n{said}");
        }
        "go-away" => service.change(json!({"change": "go-away", "to": {"role": "master"}})),
        "close" => service.change(json!({"change": "close", "to": {"role": "master"}})),
        "reconnect-ice" => {
            service.change(json!({"change": "reconnect-ice", "to": {"role": "master"}}));
        }
        "deleted" => assert_eq!(service.answers("delete", 200), 1),
        other => panic!("asked for {other}"),
    });
    assert!(passed && said.ends_with("walked\n"), "{compiler}:\n{said}");
}

#[test]
fn every_function_keeps_its_promise_built_with_gcc() {
    walk("gcc", false);
}

#[test]
fn every_function_keeps_its_promise_built_with_clang() {
    walk("clang", false);
}

#[test]
fn a_start_by_arn_describes_and_creates_nothing() {
    walk("cc", true);
}

#[test]
fn nothing_is_leaked_or_overrun() {
    walk_as("walk-asan", "gcc", &["-fsanitize=address,undefined"], false);
}

#[test]
fn programs_written_for_the_sdk_meet_as_master_and_viewer() {
    if !has("cc") {
        return;
    }
    let master = compile("cc", "examples/master.c", "master", &[]).expect("checked");
    let service = Service::new(Config::default());
    let mut master = start(service.command(&master).arg("porch").env("MASTER_OFFERS", "2"));
    // The viewer waits for no one: it comes when the master is there.
    wait_for(|| service.mock.journal().counts().upgrades.contains_key(&("master", 101)));
    for id in ["anna", "bert"] {
        let said = run(service.command(viewer()).args(["porch", id]));
        assert!(said.contains("done 0x00000000"), "{said}");
    }
    drop(master.stdin.take());
    let output = master.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("offer from=bert"), "{said}");
}

#[test]
fn clients_are_freed_at_any_moment() {
    freed_at_random("cc", &[], "free", 12);
}

#[test]
fn clients_are_freed_at_any_moment_under_the_address_sanitizer() {
    freed_at_random("gcc", &["-fsanitize=address,undefined"], "free-asan", 6);
}

fn freed_at_random(compiler: &str, flags: &[&str], name: &str, rounds: u32) {
    let Some(program) = compile(compiler, "tests/c/free_at_random.c", name, flags) else { return };
    let service = Service::new(Config::default());
    service.runtime.block_on(async { service.mock.create_channel("door", None) }).expect("made");
    let said = run(service.command(&program).args(["door", &rounds.to_string(), "7"]));
    assert!(said.contains(&format!("survived {rounds} rounds")), "{said}");
}

/// The C side is instrumented. The library is not: it is linked as a shared object, so that the
/// sanitizer knows whose accesses it cannot judge.
#[test]
fn the_thread_sanitizer_sees_no_race() {
    let source = "tests/c/free_at_random.c";
    let Some(program) = compile_shared("gcc", source, "free-tsan", &["-fsanitize=thread"]) else {
        return;
    };
    let service = Service::new(Config::default());
    service.runtime.block_on(async { service.mock.create_channel("door", None) }).expect("made");
    let mut command = service.command(&program);
    command.env("TSAN_OPTIONS", "ignore_noninstrumented_modules=1").args(["door", "6", "7"]);
    let said = run(&mut command);
    assert!(said.contains("survived 6 rounds"), "{said}");
}

#[test]
fn valgrind_finds_no_leak() {
    if !has("valgrind") || !has("cc") {
        return;
    }
    let program = compile("cc", "examples/viewer.c", "viewer-valgrind", &[]).expect("checked");
    let master = compile("cc", "examples/master.c", "master-valgrind", &[]).expect("checked");
    let service = Service::new(Config::default());
    let mut child = start(service.command(&master).arg("shed").env("MASTER_OFFERS", "1"));
    wait_for(|| service.mock.journal().counts().upgrades.contains_key(&("master", 101)));
    let mut command = service.command("valgrind".as_ref());
    command
        // ring's assembly writes what valgrind takes for uninitialised; leaks are the question here.
        .args(["--quiet", "--leak-check=full", "--error-exitcode=9", "--undef-value-errors=no"])
        .args(["--errors-for-leak-kinds=definite,indirect,possible"])
        .arg(&program)
        .args(["shed", "anna"]);
    let said = run(&mut command);
    assert!(said.contains("done 0x00000000"), "{said}");
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn arns_are_told_from_other_texts() {
    let Some(program) = compile("cc", "tests/c/arns.c", "arns", &[]) else { return };
    let service = Service::new(Config::default());
    run(&mut service.command(&program));
}

#[test]
fn the_file_cache_saves_calls_and_survives_damage() {
    let Some(program) = compile("cc", "tests/c/cached.c", "cached", &[]) else { return };
    let service = Service::new(Config::default());
    let cache = service.dir.path().join("cache");
    let keys = service.keys_file();
    let fetch = || run(service.command(&program).arg("door").arg(&cache).arg(&keys));
    let looked_up = || (service.answers("describe", 200), service.answers("endpoint", 200));
    let ice = || service.answers("ice-config", 200);
    assert!(fetch().contains("state 9"));
    assert_eq!((looked_up(), ice()), ((0, 1), 1), "created, so not described");
    let line = std::fs::read_to_string(&cache).expect("written");
    assert!(line.starts_with("door,Master,us-west-2,arn:aws:"), "{line}");
    assert!(fetch().contains("state 9"));
    assert_eq!((looked_up(), ice()), ((0, 1), 2), "only the ICE list is asked for");
    for damage in ["", "garbage\n", &line[..line.len() / 2]] {
        std::fs::write(&cache, damage).expect("written");
        let before = looked_up();
        assert!(fetch().contains("state 9"), "{damage}");
        assert_eq!(looked_up(), (before.0 + 1, before.1 + 1), "{damage}");
        let mended = std::fs::read_to_string(&cache).expect("written");
        assert_eq!(mended.split(',').nth(3), line.split(',').nth(3), "{damage}");
    }
    // A channel of that name has come into being anew: the cached ARN leads nowhere (C SDK #529, #660).
    service.change(json!({"change": "create-channel", "channel": "door"}));
    assert!(fetch().contains("state 9"));
    let renewed = std::fs::read_to_string(&cache).expect("written");
    assert_ne!(renewed.split(',').nth(3), line.split(',').nth(3));
}

/// Waits until something holds; the service's journal says when.
fn wait_for(holds: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if holds() {
            return;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
    panic!("it never came to hold");
}

#[test]
fn the_library_exports_what_the_header_declares_and_nothing_else() {
    if !has("nm") {
        return;
    }
    let path =
        support::crate_dir().join("include/com/amazonaws/kinesis/video/webrtcclient/Include.h");
    let header = std::fs::read_to_string(path).expect("the header");
    let declared = header.lines().filter_map(|line| line.strip_prefix("STATUS "));
    let declared =
        declared.filter_map(|rest| rest.split_once('(')).map(|(name, _)| name.to_owned());
    let declared: std::collections::BTreeSet<String> = declared.collect();
    let library = support::library("libkvs_capi.so");
    let symbols = run(std::process::Command::new("nm").args(["-D", "--defined-only"]).arg(library));
    let exported = symbols.lines().filter_map(|line| line.split_once(" T "));
    let exported: std::collections::BTreeSet<String> =
        exported.map(|(_, name)| name.to_owned()).collect();
    assert_eq!(declared.len(), 27);
    assert_eq!(exported, declared, "anything else could collide with the SDK's own libraries");
}
