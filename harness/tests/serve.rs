//! `scenario mock` and `scenario proxy`: in the foreground, with a ready file, until SIGTERM.
#![cfg(unix)]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use support::scenario;

/// A command in the foreground; killed when the test gives up.
struct Foreground(Child);

impl Drop for Foreground {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Foreground {
    fn start(dir: &Path, args: &[&str]) -> (Self, Value) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_scenario"));
        command.args(args).args(["--ready-file", "ready.json"]).current_dir(dir);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut started = Self(command.spawn().expect("started"));
        loop {
            if let Ok(text) = std::fs::read_to_string(dir.join("ready.json")) {
                return (started, serde_json::from_str(&text).expect("whole"));
            }
            assert!(started.0.try_wait().expect("a status").is_none(), "it ended early");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it with SIGTERM; its exit code and what it printed.
    fn stop(mut self) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("signalled");
        let mut printed = String::new();
        let mut stdout = self.0.stdout.take().expect("piped");
        stdout.read_to_string(&mut printed).expect("text");
        (self.0.wait().expect("ended").code(), printed)
    }
}

/// A request without a body; what came back.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connected");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}

#[test]
fn mock_serves_until_it_is_told_to_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let args = ["mock", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--channel", "door"];
    let (mock, ready) = Foreground::start(dir.path(), &args);
    let admin = ready["admin"].as_str().expect("a URL").trim_start_matches("http://");
    let request = format!("GET /health HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\r\n");
    assert!(ask(admin, &request).contains("\"status\":\"ok\""));
    let (code, printed) = mock.stop();
    assert_eq!(code, Some(0));
    for part in
        ["aws kinesisvideo describe-signaling-channel --channel-name door", "AWS_CA_BUNDLE="]
    {
        assert!(printed.contains(part), "{part} is not in {printed}");
    }
}

#[test]
fn proxy_passes_bytes_on_and_takes_faults() {
    let upstream = TcpListener::bind("127.0.0.1:0").expect("bound");
    let to = upstream.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        for stream in upstream.incoming() {
            let mut stream = stream.expect("accepted");
            let mut text = String::new();
            // A client that was reset sends nothing.
            let _ = stream.read_to_string(&mut text);
            let _ = stream.write_all(format!("you said {text}").as_bytes());
        }
    });
    let dir = tempfile::tempdir().expect("a directory");
    let args = ["proxy", "--listen", "127.0.0.1:0", "--upstream", &to, "--admin", "127.0.0.1:0"];
    let (proxy, ready) = Foreground::start(dir.path(), &args);
    let listen = ready["listen"].as_str().expect("an address");
    let say = |text: &str| {
        let mut stream = TcpStream::connect(listen).expect("connected");
        stream.write_all(text.as_bytes()).expect("sent");
        stream.shutdown(Shutdown::Write).expect("shut down");
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer).map_err(|error| error.kind());
        (String::from_utf8(answer).expect("text"), ended.err())
    };
    assert_eq!(say("hello"), ("you said hello".to_owned(), None));

    let admin = ready["admin"].as_str().expect("a URL").trim_start_matches("http://");
    let rule = r#"{"fault": "reset", "toward": "device", "after": "3B"}"#;
    let armed = ask(
        admin,
        &format!(
            "POST /rules HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{rule}",
            rule.len()
        ),
    );
    assert!(armed.starts_with("HTTP/1.1 201"), "{armed}");
    let reset = Some(std::io::ErrorKind::ConnectionReset);
    assert_eq!(say("hello"), ("you".to_owned(), reset));
    assert_eq!(say("again"), ("you said again".to_owned(), None), "once");
    let (code, printed) = proxy.stop();
    assert_eq!(code, Some(0));
    assert!(printed.contains(&format!("-> {to}")), "{printed}");
}

#[test]
fn a_taken_port_and_a_bad_setting_are_told_apart() {
    let dir = tempfile::tempdir().expect("a directory");
    let taken = TcpListener::bind("127.0.0.1:0").expect("bound");
    let taken = taken.local_addr().expect("an address").to_string();
    let said = scenario(dir.path(), &["mock", "--listen", &taken, "--no-admin"]);
    assert_eq!(said.code, Some(3), "{}{}", said.out, said.err);
    assert!(said.err.contains("choose another port"), "{}", said.err);
    let said = scenario(dir.path(), &["mock", "--turn-secret", "shh"]);
    assert_eq!(said.code, Some(64), "{}", said.err);
}
