//! In another program a device lives on tokio's (paused) clock and on a seed, and on nothing else.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use kvs_port_host::{Connector, Console, Exit, Options, Target, run_device};
use kvs_trace::{Command, Line, LineBuf};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

/// 2026-01-01T00:00:00Z.
const WALL_START_MS: u64 = 1_767_225_600_000;

/// A network on which nobody listens.
struct Nobody;

impl Connector for Nobody {
    type Stream = DuplexStream;

    async fn connect(&self, _: &Target<'_>) -> io::Result<DuplexStream> {
        Err(io::ErrorKind::ConnectionRefused.into())
    }
}

/// What a device says in an hour without a network.
async fn an_hour(seed: u64) -> Vec<String> {
    let (commands, received) = mpsc::unbounded_channel();
    let lines = Rc::new(RefCell::new(Vec::new()));
    let heard = Rc::clone(&lines);
    let console = Console::new(received, move |line| {
        heard.borrow_mut().push(line.to_owned());
        Ok(())
    });
    let mut buf = LineBuf::new();
    for (key, value) in [
        ("channel", "demo"),
        ("region", "us-west-2"),
        ("secret.access_key_id", "AKIDEXAMPLE"),
        ("secret.secret_key", "secret"),
    ] {
        let set = Command::new(1, "set", &mut buf).field("key", key).field("value", value);
        commands.send(set.finish().to_owned()).expect("taken");
    }
    for name in ["credentials", "start"] {
        commands.send(Command::new(2, name, &mut buf).finish().to_owned()).expect("taken");
    }
    let hour = async {
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        drop(commands);
        std::future::pending::<Exit>().await
    };
    let exit = tokio::select! {
        biased;
        exit = run_device(Nobody, console, Options::sim(seed, WALL_START_MS)) => exit,
        exit = hour => exit,
    };
    assert_eq!(exit, Exit::ConsoleGone);
    lines.take()
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_lines() {
    let first = an_hour(1).await;
    assert_eq!(first, an_hour(1).await);
    assert_ne!(first, an_hour(2).await, "jitter comes from the seed");
}

#[tokio::test(start_paused = true)]
async fn it_wakes_exactly_when_a_back_off_ends() {
    let lines = an_hour(3).await;
    let mut due = None;
    let mut retries = 0;
    for line in &lines {
        let line = Line::parse(line).expect("well formed");
        let ms = line.ms.expect("a clock");
        match line.name {
            "retry" => due = Some(ms + line.u64("wait_ms").expect("wait_ms")),
            "open" => {
                if let Some(due) = due.take() {
                    assert_eq!(ms, due);
                    retries += 1;
                }
            }
            _ => {}
        }
    }
    assert!(retries > 200, "an hour of refusals at 10 to 20 s each: {retries}");
}
