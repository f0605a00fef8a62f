//! The program on its standard streams: it answers, and it never hangs on its way out.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use kvs_trace::{Line, LineBuf};

/// Far more than an exit takes.
const LIMIT: Duration = Duration::from_secs(20);

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kvs-port-host"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start() -> Child {
    program().spawn().expect("started")
}

/// Waits in a thread, so that a device that hangs fails its test instead of the whole run.
fn ended(mut child: Child) -> ExitStatus {
    let (tell, told) = mpsc::channel();
    let id = child.id();
    std::thread::spawn(move || tell.send(child.wait()));
    let status = told.recv_timeout(LIMIT);
    status.unwrap_or_else(|_| panic!("process {id} still runs")).expect("waited for")
}

fn command(id: u32, name: &str) -> String {
    let mut buf = LineBuf::new();
    let line = kvs_trace::Command::new(id, name, &mut buf).finish();
    format!("{line}\n")
}

#[test]
fn it_says_hello_with_its_own_hash_and_exits_when_told() {
    let mut child = start();
    let mut stdin = child.stdin.take().expect("stdin");
    let stdout = BufReader::new(child.stdout.take().expect("stdout"));
    stdin.write_all(command(7, "exit").as_bytes()).expect("written");
    let lines: Vec<_> = stdout.lines().map(|line| line.expect("a line")).collect();
    let hello = Line::parse(&lines[0]).expect("hello");
    assert_eq!(hello.name, "hello");
    let image = hello.value("image").expect("an image").0;
    assert!(image.len() == 16 && image.bytes().all(|byte| byte.is_ascii_hexdigit()), "{image}");
    let ack = Line::parse(&lines[1]).expect("ack");
    assert_eq!((ack.name, ack.u64("id")), ("ack", Some(7)));
    assert!(ended(child).success());
}

#[test]
fn the_end_of_stdin_is_its_end() {
    let mut child = start();
    drop(child.stdin.take());
    assert!(ended(child).success());
}

#[test]
fn a_broken_stdout_ends_it_quietly() {
    let mut child = start();
    let mut stdin = child.stdin.take().expect("stdin");
    let mut stderr = child.stderr.take().expect("stderr");
    drop(child.stdout.take());
    stdin.write_all(command(1, "hello").as_bytes()).expect("written");
    assert!(ended(child).success());
    let mut said = String::new();
    stderr.read_to_string(&mut said).expect("read");
    assert_eq!(said, "");
}

#[test]
fn it_ends_while_it_tries_to_reach_somebody() {
    let mut child = start();
    let mut stdin = child.stdin.take().expect("stdin");
    let mut buf = LineBuf::new();
    for (id, (key, value)) in [
        ("channel", "demo"),
        ("region", "us-west-2"),
        ("control_plane", "kvs.invalid"),
        ("secret.access_key_id", "AKIDEXAMPLE"),
        ("secret.secret_key", "secret"),
    ]
    .into_iter()
    .enumerate()
    {
        let set = kvs_trace::Command::new(u32::try_from(id).expect("few"), "set", &mut buf);
        let line = set.field("key", key).field("value", value).finish().to_owned();
        writeln!(stdin, "{line}").expect("written");
    }
    stdin.write_all(command(50, "credentials").as_bytes()).expect("written");
    stdin.write_all(command(51, "start").as_bytes()).expect("written");
    let mut stdout = BufReader::new(child.stdout.take().expect("stdout")).lines();
    let found = stdout.any(|line| line.expect("a line").contains(" ack id=51 "));
    assert!(found, "it started");
    drop(stdin);
    assert!(ended(child).success());
}

#[test]
fn it_explains_itself() {
    for (argument, begins) in [("--help", "The KVS"), ("--version", "kvs-port-host ")] {
        let output = program().arg(argument).output().expect("ran");
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert!(text.starts_with(begins), "{text}");
    }
    let output = program().arg("--fast").output().expect("ran");
    assert_eq!(output.status.code(), Some(64));
    let said = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(said.contains("--fast") && said.contains("--help"), "{said}");
}
