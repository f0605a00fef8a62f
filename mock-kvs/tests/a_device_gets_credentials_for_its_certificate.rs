//! AWS IoT's credentials provider: mutual TLS on its host name, role aliases, and every refusal.

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings};
use mock_kvs::{Authority, Change, Config, DeviceCertificate, IssuedCredentials, RoleAlias};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use support::{Answer, Bench, HOST, read_answer, signed};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const IOT: &str = "c1a2b3.credentials.iot.us-west-2.amazonaws.com";

#[tokio::test]
async fn the_credentials_sign_calls_until_they_expire() {
    let bench = bench().await;
    let camera = device(&bench, "camera");
    let answer = ask(&bench, Some(&camera), "cameras", Some("camera")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    let text = |key: &str| body["credentials"][key].as_str().expect(key).to_owned();
    let keys = IssuedCredentials {
        access_key_id: text("accessKeyId"),
        secret_key: text("secretAccessKey"),
        session_token: Some(text("sessionToken")),
        expires_unix_ms: None,
    };
    assert!(keys.access_key_id.starts_with("ASIA"));
    let left = seconds(&text("expiration")).saturating_sub(bench.mock.wall_ms() / 1000);
    assert!((890..=900).contains(&left), "{left} s left");

    let path = "/describeSignalingChannel";
    let name = r#"{"ChannelName": "front-door"}"#;
    assert_eq!(bench.call_with(&keys, bench.wall(), path, name).await.status, 200);
    bench.mock.change(&Change::Clock { offset_ms: 901_000 }).expect("changed");
    let late = bench.call_with(&keys, bench.wall(), path, name).await;
    assert_eq!((late.status, late.error()), (403, "ExpiredTokenException"));
}

#[tokio::test]
async fn the_thing_name_may_be_left_out_but_not_be_another_s() {
    let bench = bench().await;
    let camera = device(&bench, "camera");
    assert_eq!(ask(&bench, Some(&camera), "cameras", None).await.status, 200);
    denied(&ask(&bench, Some(&camera), "cameras", Some("doorbell")).await, "not attached");
}

#[tokio::test]
async fn certificates_that_are_not_good() {
    let authority = Authority::new().expect("keys");
    let bench =
        Bench::with(Config { authority: Some(authority.clone()), ..Config::default() }).await;
    bench.mock.set_role_alias("cameras", RoleAlias::default());
    denied(&ask(&bench, None, "cameras", None).await, "needs a client certificate");

    let camera = device(&bench, "camera");
    assert!(bench.mock.revoke_device_certificate(&camera.id));
    denied(&ask(&bench, Some(&camera), "cameras", None).await, "not active");
    assert!(!bench.mock.revoke_device_certificate("unheard of"));

    let hour = Some(Duration::from_secs(3600));
    let camera = bench.mock.issue_device_certificate("camera", hour).expect("a certificate");
    assert_eq!(ask(&bench, Some(&camera), "cameras", None).await.status, 200);
    bench.mock.change(&Change::Clock { offset_ms: 3_601_000 }).expect("changed");
    denied(&ask(&bench, Some(&camera), "cameras", None).await, "expired");

    // A certificate of before a restart is good once it is registered again.
    let restarted =
        Bench::with(Config { authority: Some(authority.clone()), ..Config::default() }).await;
    restarted.mock.set_role_alias("cameras", RoleAlias::default());
    let camera = device(&bench, "camera");
    denied(&ask(&restarted, Some(&camera), "cameras", None).await, "not active");
    let id = restarted.mock.register_device_certificate("camera", &camera.certificate_pem);
    assert_eq!(id.expect("PEM"), camera.id);
    assert_eq!(ask(&restarted, Some(&camera), "cameras", None).await.status, 200);

    // The same name under another authority.
    let elsewhere = Bench::new().await;
    let foreign = device(&elsewhere, "camera");
    denied(&ask(&bench, Some(&foreign), "cameras", None).await, "not accepted");
}

#[tokio::test]
async fn role_aliases_that_do_not_allow_it() {
    let bench = bench().await;
    let camera = device(&bench, "camera");
    let unknown = ask(&bench, Some(&camera), "doorbells", None).await;
    assert_eq!((unknown.status, unknown.error()), (404, "ResourceNotFoundException"));
    assert_eq!(unknown.json(), json!({ "message": "Role alias does not exist" }));
    let malformed = ask(&bench, Some(&camera), "a.b", None).await;
    assert_eq!((malformed.status, malformed.error()), (400, "InvalidRequestException"));

    let things = Some(BTreeSet::from(["doorbell".to_owned()]));
    bench.mock.set_role_alias("doorbells", RoleAlias { things, ..RoleAlias::default() });
    denied(&ask(&bench, Some(&camera), "doorbells", None).await, "Access Denied");
    let doorbell = device(&bench, "doorbell");
    assert_eq!(ask(&bench, Some(&doorbell), "doorbells", None).await.status, 200);
    let closed = RoleAlias { calls_per_second: 0, ..RoleAlias::default() };
    bench.mock.set_role_alias("doorbells", closed);
    let throttled = ask(&bench, Some(&doorbell), "doorbells", None).await;
    assert_eq!((throttled.status, throttled.error()), (429, "ThrottlingException"));
}

#[tokio::test]
async fn the_certificate_is_asked_for_on_its_host_name_only() {
    let bench = bench().await;
    let camera = device(&bench, "camera");
    for (host, is_asked) in [(IOT, true), (HOST, false)] {
        let mut stream = connect(&bench, host, Some(&camera)).await;
        stream.write_all(get(host, "cameras", None).as_bytes()).await.expect("sent");
        let answer = read_answer(&mut stream).await.expect("an answer");
        assert_eq!(answer.status, if is_asked { 200 } else { 403 }, "{host}");
    }
    // Nor does a signature stand for it.
    let url = format!("https://{IOT}/role-aliases/cameras/credentials");
    let body = SignableBody::Bytes(b"");
    let headers = [("host", IOT)].into_iter();
    let signable = SignableRequest::new("GET", url, headers, body).expect("signable");
    let instructions = signed(&bench.keys, bench.wall(), SigningSettings::default(), signable);
    let lines: String =
        instructions.headers().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut stream = connect(&bench, IOT, None).await;
    let request = get(IOT, "cameras", None).replace("\r\n\r\n", &format!("\r\n{lines}\r\n"));
    stream.write_all(request.as_bytes()).await.expect("sent");
    denied(&read_answer(&mut stream).await.expect("an answer"), "needs a client certificate");
}

#[tokio::test]
async fn faults_reach_it() {
    let bench = bench().await;
    let camera = device(&bench, "camera");
    let json = r#"{"fault": "http-error", "status": 429, "times": 1}"#;
    bench.mock.arm(support::fault(json)).expect("armed");
    assert_eq!(ask(&bench, Some(&camera), "cameras", None).await.status, 429);
    assert_eq!(bench.count("credentials.issued"), 1, "the bench's own: nothing was carried out");
    assert_eq!(ask(&bench, Some(&camera), "cameras", None).await.status, 200);
}

async fn bench() -> Bench {
    let bench = Bench::new().await;
    let credentials_valid_for = Duration::from_secs(900);
    let cameras = RoleAlias { credentials_valid_for, ..RoleAlias::default() };
    bench.mock.set_role_alias("cameras", cameras);
    bench
}

fn device(bench: &Bench, thing: &str) -> DeviceCertificate {
    bench.mock.issue_device_certificate(thing, None).expect("a certificate")
}

async fn ask(
    bench: &Bench,
    device: Option<&DeviceCertificate>,
    alias: &str,
    thing: Option<&str>,
) -> Answer {
    let mut stream = connect(bench, IOT, device).await;
    stream.write_all(get(IOT, alias, thing).as_bytes()).await.expect("sent");
    read_answer(&mut stream).await.expect("an answer")
}

fn get(host: &str, alias: &str, thing: Option<&str>) -> String {
    let thing = thing.map(|thing| format!("x-amzn-iot-thingname: {thing}\r\n"));
    let thing = thing.unwrap_or_default();
    format!("GET /role-aliases/{alias}/credentials HTTP/1.1\r\nhost: {host}\r\n{thing}\r\n")
}

async fn connect(
    bench: &Bench,
    host: &'static str,
    device: Option<&DeviceCertificate>,
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(bench.mock.ca_der().to_vec())).expect("a CA");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let config = match device {
        None => builder.with_no_client_auth(),
        Some(device) => {
            let chain = CertificateDer::from_pem_slice(device.certificate_pem.as_bytes());
            let key = PrivateKeyDer::from_pem_slice(device.private_key_pem.as_bytes());
            builder
                .with_client_auth_cert(vec![chain.expect("PEM")], key.expect("PEM"))
                .expect("a pair")
        }
    };
    let stream = TcpStream::connect(bench.device).await.expect("connected");
    let name = ServerName::try_from(host).expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("TLS")
}

/// `YYYY-MM-DDTHH:MM:SSZ` in seconds since 1970.
fn seconds(text: &str) -> u64 {
    assert_eq!(text.len(), 20, "{text}");
    let basic = text.replace(['-', ':'], "");
    mock_kvs::sigv4::parse_amz_date(&basic).expect("a date") / 1000
}

fn denied(answer: &Answer, why: &str) {
    assert_eq!((answer.status, answer.error()), (403, "AccessDeniedException"), "{answer:?}");
    let message = answer.json()["message"].as_str().expect("a message").to_owned();
    assert!(message.contains(why), "{message}");
}
