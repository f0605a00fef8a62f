//! The firmware as a master, and AWS's JavaScript SDK in headless Chromium as its viewer: the browser
//! takes the device's answer for its own offer.

#[path = "../../mock-kvs/tests/support/node.rs"]
mod node;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::board::cargo;
use kvs_trace::{Line, LineBuf};
use mock_kvs::{Config, IssuedCredentials, Mock, Tls};
use serde_json::Value;

const CHANNEL: &str = "front-door";
/// A value longer than this goes in parts: a console line holds 512 bytes.
const PART: usize = 300;
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn of_the_host_device() {
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "chromium".into());
    let version = Command::new(&chromium).arg("--version").stdin(Stdio::null()).output();
    if !version.is_ok_and(|version| version.status.success()) {
        return eprintln!("SKIPPED: there is no `{}` (Debian: chromium)", chromium.display());
    }
    let packages = match node::packages() {
        Ok(packages) => packages,
        Err(why) => return eprintln!("SKIPPED: AWS's SDK for JavaScript: {why}"),
    };
    let (mock, [for_device, for_browser]) = service(["device", "viewer"]);
    mock.create_channel(CHANNEL, None).expect("a channel");
    let keys = mock.issue_credentials(Some(Duration::from_secs(900)));

    let mut device = Device::start();
    device.set_up(&mock, for_device, &keys);
    device.tell("start", &[]);
    device.until("connected");

    let dir = tempfile::tempdir().expect("a directory");
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, mock.ca_pem()).expect("a file");
    let output = node::node(&packages, "browser.js")
        .env("CHROMIUM", chromium)
        .env("KVS_CHANNEL_NAME", CHANNEL)
        .env("AWS_REGION", "us-west-2")
        .env("AWS_ENDPOINT_URL_KINESIS_VIDEO", format!("https://127.0.0.1:{for_browser}"))
        .env("AWS_ACCESS_KEY_ID", &keys.access_key_id)
        .env("AWS_SECRET_ACCESS_KEY", &keys.secret_key)
        .env("AWS_SESSION_TOKEN", keys.session_token.as_deref().unwrap_or_default())
        .env("KVS_CA_FILE", &ca)
        .env("NODE_EXTRA_CA_CERTS", &ca)
        .output()
        .expect("node");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let accepted: Value = serde_json::from_slice(&output.stdout).expect("one line of JSON");
    assert_eq!((&accepted["state"], &accepted["type"]), (&"stable".into(), &"answer".into()));
    let sdp = accepted["sdp"].as_str().expect("an SDP");
    assert!(sdp.contains("a=fingerprint:sha-256"), "{sdp}");
    assert_eq!(sdp.matches("\nm=").count(), 2, "video and audio: {sdp}");
    device.until("out");
}

/// The service, on a thread of its own for as long as this program runs, with a port for each actor.
fn service<const N: usize>(actors: [&'static str; N]) -> (Mock, [u16; N]) {
    let (sender, made) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let mock = Mock::new(Config::default()).expect("certificates");
            let mut ports = [0; N];
            for (port, actor) in ports.iter_mut().zip(actors) {
                let any = "127.0.0.1:0".parse().expect("an address");
                *port = mock.listen_tcp(actor, any, Tls::On).await.expect("a port").port();
            }
            sender.send((mock, ports)).expect("the test waits");
            std::future::pending::<()>().await;
        });
    });
    made.recv().expect("a service")
}

/// The host image, driven over its console as the harness does.
struct Device {
    child: Child,
    console: ChildStdin,
    lines: mpsc::Receiver<String>,
    last_id: u32,
}

impl Device {
    fn start() -> Self {
        let mut child = Command::new(image())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the image");
        let console = child.stdin.take().expect("a pipe");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, console, lines, last_id: 0 }
    }

    fn set_up(&mut self, mock: &Mock, port: u16, keys: &IssuedCredentials) {
        self.until("hello");
        let expires_s = keys.expires_unix_ms.unwrap_or_default() / 1_000;
        let settings = [
            ("role", "master".to_owned()),
            ("channel", CHANNEL.to_owned()),
            ("region", mock.region().to_owned()),
            ("ca", STANDARD.encode(mock.ca_der())),
            ("secret.access_key_id", keys.access_key_id.clone()),
            ("secret.secret_key", keys.secret_key.clone()),
            ("secret.session_token", keys.session_token.clone().unwrap_or_default()),
            ("credentials.expires_unix_s", expires_s.to_string()),
        ];
        for (key, value) in &settings {
            let chars: Vec<char> = value.chars().collect();
            let parts: Vec<String> = chars.chunks(PART).map(|part| part.iter().collect()).collect();
            for (index, part) in parts.iter().enumerate() {
                let place = format!("{}/{}", index + 1, parts.len());
                self.tell("set", &[("key", key), ("value", part), ("part", &place)]);
            }
        }
        self.tell("credentials", &[]);
        let to = format!("127.0.0.1:{port}");
        self.tell("resolve", &[("suffix", "amazonaws.com"), ("to", &to)]);
    }

    /// Gives a command, and waits until it is carried out.
    fn tell(&mut self, name: &str, fields: &[(&str, &str)]) {
        self.last_id += 1;
        let mut buf = LineBuf::new();
        let command = kvs_trace::Command::new(self.last_id, name, &mut buf);
        let command =
            fields.iter().fold(command, |command, (key, value)| command.field(key, value));
        let line = command.finish_whole().expect("a whole line");
        writeln!(self.console, "{line}").expect("the device listens");
        self.until("ack");
    }

    /// Waits for an event; a refused command and a silent device end the test.
    fn until(&mut self, event: &str) {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("no `{event}`: {error}"));
            let Ok(line) = Line::parse(&line) else { continue };
            assert!(!matches!(line.name, "nak" | "panic"), "{line:?}");
            if line.name == event {
                return;
            }
        }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The image, as the board `host` builds it.
fn image() -> PathBuf {
    let status = cargo()
        .args(["build", "--release", "--quiet", "--locked", "--bin", "kvs-port-host"])
        // Both: with the same features as the harness's own build of it, which is then there already.
        .args(["--package", "kvs-port-host", "--package", "harness"])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .env("CARGO_TARGET_DIR", target())
        .status()
        .expect("cargo");
    assert!(status.success(), "the image does not build");
    target().join("release").join(format!("kvs-port-host{}", std::env::consts::EXE_SUFFIX))
}

fn target() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent().expect("the target directory").to_owned()
}
