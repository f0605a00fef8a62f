//! AWS's WebRTC SDK for JavaScript in Node, unmodified: a master and a viewer find each other through
//! the mock, and what they agree on there carries a data channel.

#[path = "../support/node.rs"]
mod node;
#[path = "../support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mock_kvs::{Event, IssuedCredentials, Record};
use support::Bench;

/// Everything a program is told; nothing of it says that this is a mock.
fn told(
    command: &mut Command,
    bench: &Bench,
    at: SocketAddr,
    keys: &IssuedCredentials,
    ca: &Path,
) -> Child {
    command
        .env("KVS_CHANNEL_NAME", "front-door")
        .env("AWS_REGION", "us-west-2")
        .env("AWS_ENDPOINT_URL_KINESIS_VIDEO", format!("https://{at}"))
        .env("AWS_ACCESS_KEY_ID", &keys.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &keys.secret_key)
        .env("AWS_SESSION_TOKEN", keys.session_token.as_deref().unwrap_or_default())
        .env("NODE_EXTRA_CA_CERTS", ca)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    std::fs::write(ca, bench.mock.ca_pem()).expect("a file");
    command.spawn().expect("node")
}

/// A child that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// How a program ended, and what it said.
async fn ended(child: Child) -> (bool, String) {
    let wait = tokio::task::spawn_blocking(|| child.wait_with_output());
    let output = tokio::time::timeout(Duration::from_secs(60), wait).await;
    let output = output.expect("it ends by itself").expect("no panic").expect("a child");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

fn opened(record: &Record, who: &str) -> bool {
    record.actor.as_deref() == Some(who) && matches!(record.event, Event::WsOpen { .. })
}

/// How many messages of `kind` the service took from `actor`.
fn sent(bench: &Bench, actor: &str, kind: &str) -> usize {
    let records = bench.mock.journal().since(0);
    let one = |record: &&std::sync::Arc<Record>| {
        let of_kind = matches!(&record.event, Event::WsIn { kind: found, .. } if *found == kind);
        of_kind && record.actor.as_deref() == Some(actor)
    };
    records.iter().filter(one).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn master_and_viewer_exchange_offer_answer_and_candidates() {
    let packages = match node::packages() {
        Ok(packages) => packages,
        Err(why) => return eprintln!("SKIPPED: AWS's SDK for JavaScript: {why}"),
    };
    let bench = Bench::new().await;
    let viewers = bench.listen("viewer").await;
    let dir = tempfile::tempdir().expect("a directory");
    let ca = dir.path().join("ca.pem");
    // Temporary keys: their token has to be signed as well.
    let keys = bench.mock.issue_credentials(Some(Duration::from_secs(900)));

    let mut master = node::node(&packages, "master.js");
    let master = Running(told(&mut master, &bench, bench.device, &keys, &ca));
    bench.expect("master", |record| opened(record, "device")).await;
    let mut viewer = node::node(&packages, "viewer.js");
    let (well, said) = ended(told(&mut viewer, &bench, viewers, &keys, &ca)).await;
    drop(master);

    assert!(well, "{said}");
    for line in ["viewer: 2 ICE servers", "viewer: answered", "viewer: heard: you said hello"] {
        assert!(said.lines().any(|found| found == line), "{line}: {said}");
    }
    assert_eq!((sent(&bench, "viewer", "SDP_OFFER"), sent(&bench, "device", "SDP_ANSWER")), (1, 1));
    for actor in ["viewer", "device"] {
        assert!(sent(&bench, actor, "ICE_CANDIDATE") > 0, "candidates of {actor}");
    }
    // Each has described the channel, asked for endpoints and ICE servers, and connected.
    let records = bench.mock.journal().since(0);
    let status = |record: &Record| {
        if let Event::Response { status, .. } | Event::Upgrade { status, .. } = &record.event {
            return Some(*status);
        }
        None
    };
    let answers: Vec<u16> = records.iter().filter_map(|record| status(record)).collect();
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 6, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 101).count(), 2, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_is_refused_in_words_that_the_sdk_knows() {
    let packages = match node::packages() {
        Ok(packages) => packages,
        Err(why) => return eprintln!("SKIPPED: AWS's SDK for JavaScript: {why}"),
    };
    let bench = Bench::new().await;
    let dir = tempfile::tempdir().expect("a directory");
    let ca = dir.path().join("ca.pem");
    let forged = IssuedCredentials { secret_key: "forged".into(), ..bench.keys.clone() };
    let mut master = node::node(&packages, "master.js");
    let (well, said) = ended(told(&mut master, &bench, bench.device, &forged, &ca)).await;
    assert!(!well, "{said}");
    assert!(said.contains("InvalidSignatureException: The request signature we calc"), "{said}");
}
