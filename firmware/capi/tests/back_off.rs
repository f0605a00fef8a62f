//! A client that is refused at the port tries on, with pauses that grow: told by itself, for the service
//! sees nothing of it.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use mock_kvs::Config;
use serde_json::json;
use support::{Service, compile};

/// Attempts that are looked at: the last of them comes after 6.2 s at the latest.
const ATTEMPTS: usize = 5;
/// What may lie between an attempt and the line that tells of it.
const LATE: Duration = Duration::from_millis(250);

#[test]
#[allow(clippy::disallowed_methods, reason = "another process is timed")]
fn pauses_between_refused_attempts_grow_and_the_next_service_is_found() {
    let Some(master) = compile("cc", "examples/master.c", "master-refused", &[]) else { return };
    let service = Service::new(Config::default());
    let mut command = service.command(&master);
    command.arg("door").env("AWS_KVS_LOG_LEVEL", "2").env("MASTER_OFFERS", "1000");
    let piped = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("it starts");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    let mut next_line = |has: &str| {
        let line = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains(has)));
        (line.expect("it goes on").expect("text"), Instant::now())
    };
    next_line("connected");
    service.fault(json!({"fault": "refuse"}));
    service.fault(json!({"fault": "reset", "times": 1}));
    let refused = format!("connect 127.0.0.1:{}", service.address.port());
    let told: Vec<Instant> = (0..ATTEMPTS).map(|_| next_line(&refused).1).collect();
    for (n, pair) in (1..).zip(told.windows(2)) {
        let gap = pair[1].duration_since(pair[0]);
        let least = Duration::from_millis(100 << n);
        assert!(gap + LATE >= least && gap < 2 * least + LATE, "pause {n} was {gap:?}");
    }
    service.heal();
    next_line("connected");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}
