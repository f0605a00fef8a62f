//! GetIceServerConfig hands out Debian's coturn: `turnutils_uclient` allocates with the credentials,
//! and those that have expired get 401.
#![cfg(unix)]

mod support;

use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mock_kvs::{Change, Config, Turn};
use serde_json::{Value, json};
use support::Bench;
use support::program::until;
use support::tools::on_path;

/// A turnserver on loopback, with its log.
struct Coturn {
    child: Child,
    port: u16,
    log: std::path::PathBuf,
}

impl Coturn {
    fn start(dir: &Path, secret: &str) -> Option<Self> {
        let program = on_path("turnserver")?;
        let port = free_port();
        let log = dir.join("coturn.log");
        let mut command = Command::new(program);
        command.args(["-n", "-v", "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"]);
        command.args(["--listening-port", &port.to_string(), "--realm", "mock-kvs"]);
        command.args(["--use-auth-secret", "--static-auth-secret", secret]);
        command.args(["--no-tls", "--no-dtls", "--no-cli", "--allow-loopback-peers"]);
        command.arg("--pidfile").arg(dir.join("pid")).arg("--userdb").arg(dir.join("db"));
        command.args(["--simple-log", "--log-file", "stdout"]).current_dir(dir);
        command.stdout(std::fs::File::create(&log).expect("a log")).stderr(Stdio::null());
        let coturn = Self { child: command.spawn().expect("started"), port, log };
        until("coturn's listener", || coturn.log().contains("UDP listener opened").then_some(()));
        Some(coturn)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log")
    }

    /// Allocates twice and sends one message from one allocation to the other.
    fn is_allocated(&self, server: &Value) -> bool {
        let mut command = Command::new(on_path("turnutils_uclient").expect("it comes with coturn"));
        command.args(["-y", "-c", "-n", "1", "-p", &self.port.to_string()]);
        command.args(["-u", server["Username"].as_str().expect("a name")]);
        command.args(["-w", server["Password"].as_str().expect("a password")]);
        let output = command.arg("127.0.0.1").output().expect("ran");
        let text = String::from_utf8_lossy(&output.stdout);
        output.status.success() && text.contains("Total lost packets 0")
    }
}

impl Drop for Coturn {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_good_until_they_expire() {
    let dir = tempfile::tempdir().expect("a directory");
    let Some(coturn) = Coturn::start(dir.path(), "shh") else { return };
    let uris = Turn::uris(&format!("127.0.0.1:{}", coturn.port));
    let turn = Some(Turn { uris, secret: "shh".into() });
    let bench = Bench::with(Config { turn, ..Config::default() }).await;
    let fetch = async || {
        let body = json!({ "ChannelARN": bench.arn, "ClientId": "kitchen" }).to_string();
        bench.call("/v1/get-ice-server-config", &body).await.json()["IceServerList"].clone()
    };

    let list = fetch().await;
    let server = &list[0];
    let udp = format!("turn:127.0.0.1:{}?transport=udp", coturn.port);
    assert_eq!((&server["Uris"][0], &server["Ttl"]), (&json!(udp), &json!(300)));
    assert!(server["Username"].as_str().expect("a name").ends_with(":kitchen"), "{server}");
    assert!(coturn.is_allocated(server), "{}", coturn.log());
    let mut wrong = server.clone();
    wrong["Password"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    assert!(!coturn.is_allocated(&wrong), "coturn checks passwords");

    bench.mock.change(&Change::Clock { offset_ms: -3_600_000 }).expect("moved");
    let expired = fetch().await;
    assert!(!coturn.is_allocated(&expired[0]), "{}", coturn.log());
    let name = expired[0]["Username"].as_str().expect("a name");
    let refused = format!("user <{name}>: incoming packet message processed, error 401");
    until("the 401", || coturn.log().contains(&refused).then_some(()));
}

/// Free for UDP and TCP alike.
fn free_port() -> u16 {
    until("a free port", || {
        let udp = UdpSocket::bind("127.0.0.1:0").ok()?;
        let address = udp.local_addr().ok()?;
        TcpListener::bind(address).ok().map(|_| address.port())
    })
}
