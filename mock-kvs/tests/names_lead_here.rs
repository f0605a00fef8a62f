//! `--lan`: the region's names lead to this machine, whatever resolver asks, and nobody's else do;
//! a stock firmware is told what to change.
#![cfg(unix)]

mod support;

use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use support::ask::ask;
use support::program::{Program, refusal};
use support::tools::{installed, succeed};

const LAN: [&str; 8] =
    ["--lan", "127.0.0.1", "--dns-port", "0", "--ca-dir", "ca", "--credentials-valid-for", "1h"];

/// What dnspython makes of the answers, a line each; the name service's port is its argument.
const QUESTIONS: &str = r#"
import sys, dns.message, dns.query, dns.rcode
at = ("127.0.0.1", int(sys.argv[1]))
region = "us-west-2"
for how in (dns.query.udp, dns.query.tcp):
    for name, kind in [
        (f"kinesisvideo.{region}.amazonaws.com", "A"),
        (f"M-1A2b.KinesisVideo.{region}.amazonaws.com", "A"),
        (f"r-9.kinesisvideo-fips.{region}.api.aws", "A"),
        (f"c1.credentials.iot.{region}.amazonaws.com", "A"),
        (f"kinesisvideo.{region}.amazonaws.com", "AAAA"),
        (f"credentials.iot.{region}.amazonaws.com", "A"),
        ("kinesisvideo.eu-west-1.amazonaws.com", "A"),
        (f"kinesisvideo.{region}.amazonaws.com.example.org", "A"),
        ("example.org", "A"),
    ]:
        query = dns.message.make_query(name, kind, use_edns=0)
        answer = how(query, at[0], port=at[1], timeout=10)
        assert query.is_response(answer)
        records = [item.to_text() for rrset in answer.answer for item in rrset]
        print(how.__name__, kind, name, dns.rcode.to_text(answer.rcode()), *records)
"#;

#[test]
fn a_resolver_library_is_led_here_over_udp_and_tcp() {
    let Some(python) = installed("python/bin/python") else { return };
    let dir = tempfile::tempdir().expect("a directory");
    let program = Program::start(dir.path(), &LAN);
    let port = names(&program).port().to_string();
    let said = succeed(Command::new(python).args(["-c", QUESTIONS, &port]));
    let mut lines = said.lines();
    for how in ["udp", "tcp"] {
        for wanted in [
            "A kinesisvideo.us-west-2.amazonaws.com NOERROR 127.0.0.1",
            "A M-1A2b.KinesisVideo.us-west-2.amazonaws.com NOERROR 127.0.0.1",
            "A r-9.kinesisvideo-fips.us-west-2.api.aws NOERROR 127.0.0.1",
            "A c1.credentials.iot.us-west-2.amazonaws.com NOERROR 127.0.0.1",
            "AAAA kinesisvideo.us-west-2.amazonaws.com NOERROR",
            "A credentials.iot.us-west-2.amazonaws.com REFUSED",
            "A kinesisvideo.eu-west-1.amazonaws.com REFUSED",
            "A kinesisvideo.us-west-2.amazonaws.com.example.org REFUSED",
            "A example.org REFUSED",
        ] {
            assert_eq!(lines.next(), Some(format!("{how} {wanted}").as_str()), "{said}");
        }
    }
    program.stop();
}

#[tokio::test]
async fn other_names_are_asked_of_another_and_faults_come_through_the_admin_api() {
    let other = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let forward = other.local_addr().expect("an address").to_string();
    let dir = tempfile::tempdir().expect("a directory");
    let more = [&LAN[..], &["--dns-forward", &forward]].concat();
    let program = Program::start(dir.path(), &more);
    let (names, admin) = (names(&program), program.admin());

    let client = socket();
    client.send_to(&question("time.example.org"), names).expect("sent");
    let mut asked = [0; 512];
    other.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    let (length, from) = other.recv_from(&mut asked).expect("it asks");
    assert_eq!(asked[..length], question("time.example.org"));
    let answer = [&asked[..2], &[0x81, 0x83], &asked[4..length]].concat();
    other.send_to(&answer, from).expect("sent");
    assert_eq!(received(&client), answer);

    let rule = json!({ "fault": "dns-nxdomain", "as": "gone" });
    assert_eq!(ask(admin, "POST", "/rules", &rule).await.status, 201);
    client.send_to(&question(support::HOST), names).expect("sent");
    assert_eq!(received(&client)[3] & 15, 3);
    assert_eq!(ask(admin, "DELETE", "/rules/gone", &json!(null)).await.status, 200);
    client.send_to(&question(support::HOST), names).expect("sent");
    assert!(received(&client).ends_with(&[127, 0, 0, 1]));
    program.stop();
}

#[test]
fn any_bytes_are_survived() {
    let dir = tempfile::tempdir().expect("a directory");
    let program = Program::start(dir.path(), &LAN);
    let names = names(&program);
    let client = socket();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for round in 0..3_000_usize {
        let mut bytes: Vec<u8> = (0..round % 300)
            .map(|_| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random as u8
            })
            .collect();
        if round % 2 == 0 {
            // A header that is read on.
            bytes.splice(..bytes.len().min(12), [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        }
        client.send_to(&bytes, names).expect("sent");
    }
    // Whatever was answered to those stands before it; and either side may have lost datagrams.
    client.set_read_timeout(Some(Duration::from_millis(200))).expect("set");
    support::program::until("an answer", || {
        client.send_to(&question(support::HOST), names).expect("sent");
        let mut answer = [0; 512];
        while let Ok(length) = client.recv(&mut answer) {
            if answer[..length].starts_with(&[7, 9, 0x81, 0x80]) {
                return Some(());
            }
        }
        None
    });
    program.stop();
}

#[test]
fn the_summary_says_what_to_change_and_a_refusal_what_would_help() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = std::fs::File::create(dir.path().join("out")).expect("a file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_mock-kvs"))
        .args(LAN)
        .args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--ready-file", "ready.json"])
        .current_dir(dir.path())
        .stdout(output)
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("started");
    let ready = dir.path().join("ready.json");
    support::program::until("the ready file", || ready.exists().then_some(()));
    child.kill().expect("ended");
    child.wait().expect("ended");
    let said = std::fs::read_to_string(dir.path().join("out")).expect("text");
    for word in [
        "kinesisvideo.us-west-2.amazonaws.com",
        "*.credentials.iot.us-west-2.amazonaws.com",
        "esp_netif_set_dns_info",
        "AWS_KVS_CACERT_PATH=/",
        "ca/ca.pem",
        "CONFIG_MBEDTLS_CUSTOM_CERTIFICATE_BUNDLE_PATH",
        "export AWS_SECRET_ACCESS_KEY=",
    ] {
        assert!(said.contains(word), "{word} is not in:\n{said}");
    }

    let taken = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let port = taken.local_addr().expect("an address").port().to_string();
    let refused = refusal(dir.path(), &["--lan", "127.0.0.1", "--dns-port", &port]);
    assert!(
        refused.contains("--lan: cannot listen on") && refused.contains("ss -tulnp"),
        "{refused}"
    );
    let refused = refusal(dir.path(), &["--lan", "0.0.0.0"]);
    assert!(refused.contains("192.168.1.10"), "{refused}");
    let refused = refusal(dir.path(), &["--dns-port", "5353"]);
    assert!(refused.contains("go with --lan"), "{refused}");
    // An address for documentation: nobody has it.
    let refused = refusal(dir.path(), &["--lan", "203.0.113.7", "--ca-dir", "another"]);
    assert!(refused.contains("is no address of this machine"), "{refused}");
}

fn names(program: &Program) -> SocketAddr {
    program.text("names").parse().expect("an address")
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(30))).expect("set");
    socket
}

fn received(socket: &UdpSocket) -> Vec<u8> {
    let mut answer = vec![0; 4096];
    let (length, _) = socket.recv_from(&mut answer).expect("an answer");
    answer.truncate(length);
    answer
}

fn question(name: &str) -> Vec<u8> {
    let mut question = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).expect("a label"));
        question.extend(label.bytes());
    }
    question.extend([0, 0, 1, 0, 1]);
    question
}
