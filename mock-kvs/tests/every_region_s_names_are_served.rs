//! A region's names in every form (standard, FIPS, IPv6 too) and every partition: they are in the
//! certificate, a signature of that region's scope is accepted and of another refused, and the
//! endpoints are answered in the form that was asked.

mod support;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use mock_kvs::partition::{Partition, control_plane_of};
use mock_kvs::{Config, Mock};
use rustls::pki_types::ServerName;
use serde_json::{Value, json};
use support::{Answer, Bench, connector, read_answer, signed_post};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// One or two of each partition.
const REGIONS: [(&str, &str); 10] = [
    ("us-west-2", "aws"),
    ("eu-central-1", "aws"),
    ("cn-north-1", "aws-cn"),
    ("cn-northwest-1", "aws-cn"),
    ("us-gov-west-1", "aws-us-gov"),
    ("eusc-de-east-1", "aws-eusc"),
    ("us-iso-east-1", "aws-iso"),
    ("us-isob-east-1", "aws-iso-b"),
    ("eu-isoe-west-1", "aws-iso-e"),
    ("us-isof-south-1", "aws-iso-f"),
];

#[tokio::test]
async fn signed_for_the_region_in_the_name() {
    for (region, partition) in REGIONS {
        let config = Config { region: region.into(), ..Config::default() };
        let bench = Bench::with(config).await;
        let start = format!("arn:{partition}:kinesisvideo:{region}:123456789012:channel/");
        assert!(bench.arn.starts_with(&start), "{}", bench.arn);
        let planes = Partition::of(region).control_planes(region);
        assert_eq!(planes.len(), 4);
        for plane in &planes {
            let endpoints = endpoints(&bench, plane, plane).await;
            for (endpoint, prefix) in endpoints.iter().zip(["wss://m-", "https://r-"]) {
                let host = endpoint.strip_prefix(prefix).expect("its form");
                assert!(host.ends_with(&format!(".{plane}")), "{endpoint} for {plane}");
            }
            // The data plane's own names are in the certificate and serve too.
            let https = endpoints[1].trim_start_matches("https://").to_owned();
            let body = json!({ "ChannelARN": bench.arn }).to_string();
            let answer = call(&bench, &https, &https, "/v1/get-ice-server-config", &body).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            let suffix = Partition::of(region).suffix;
            let uri = answer.json()["IceServerList"][0]["Uris"][0].as_str().map(str::to_owned);
            let uri = uri.expect("a URI");
            assert!(uri.contains(&format!(".kinesisvideo.{region}.{suffix}:443")), "{uri}");
            // The name says another region than the mock's: so does the scope.
            let foreign = plane.replace(region, "ap-south-1");
            let body = r#"{"ChannelName": "front-door"}"#;
            let refused = call(&bench, plane, &foreign, "/describeSignalingChannel", body).await;
            assert_eq!((refused.status, refused.error()), (403, "InvalidSignatureException"));
        }
        bench.mock.shutdown().await;
    }
}

#[tokio::test]
async fn the_credentials_provider_is_in_the_same_partition() {
    for (region, host) in [
        ("us-gov-west-1", "c1.credentials.iot.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "c1.credentials.iot.cn-north-1.amazonaws.com.cn"),
    ] {
        let config = Config { region: region.into(), ..Config::default() };
        let bench = Bench::with(config).await;
        let request = format!(
            "GET /role-aliases/cameras/credentials HTTP/1.1\r\nhost: {host}\r\n\
             connection: close\r\n\r\n"
        );
        let answer = exchange(&bench.mock, bench.device, host, &request).await;
        assert_eq!(answer.error(), "AccessDeniedException", "no certificate: {answer:?}");
    }
}

#[test]
fn a_name_belongs_to_the_region_or_not() {
    fn of(host: &str) -> Option<String> {
        control_plane_of(host, "us-west-2")
    }
    let standard = "kinesisvideo.us-west-2.amazonaws.com";
    assert_eq!(of(standard).as_deref(), Some(standard));
    assert_eq!(of(&format!("m-12ab.{standard}:8443")).as_deref(), Some(standard));
    assert_eq!(of(&standard.to_ascii_uppercase()).as_deref(), Some(standard));
    for other in [
        "kinesisvideo.us-east-1.amazonaws.com",
        "notkinesisvideo.us-west-2.amazonaws.com",
        "kinesisvideo.us-west-2.amazonaws.com.cn",
        "localhost:8443",
        "",
    ] {
        assert_eq!(of(other), None, "{other}");
    }
}

/// What AWS's endpoint rules make of a region, FIPS and IPv6, as its SDK for Python reads them.
#[test]
fn the_names_are_those_of_aws_s_endpoint_rules() {
    // The rules themselves: a client's own `endpoint_url` is of the older list, which has not all of them.
    const READ: &str = r#"
import json, sys
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader
loader = Loader()
rules = loader.load_service_model("kinesisvideo", "endpoint-rule-set-1")
provider = EndpointProvider(rules, loader.load_data("partitions"))
def url(region, fips, dual):
    return provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual).url
print(json.dumps({region: [url(region, fips, dual) for dual in (False, True) for fips in (False, True)]
    for region in sys.argv[1:]}))
"#;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    let python = target.join("tools/python/bin/python");
    if !python.exists() {
        return eprintln!("SKIPPED: botocore is absent; ci/packages.sh installs it");
    }
    let ran = Command::new(python).args(["-c", READ]).args(REGIONS.map(|(name, _)| name)).output();
    let ran = ran.expect("Python runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let names: Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    for (region, _) in REGIONS {
        let planes = Partition::of(region).control_planes(region);
        let planes: Vec<_> = planes.iter().map(|plane| format!("https://{plane}")).collect();
        assert_eq!(names[region], json!(planes), "{region}");
    }
}

/// The endpoints of WSS and HTTPS for a master.
async fn endpoints(bench: &Bench, name: &str, host: &str) -> Vec<String> {
    let configuration = json!({ "Protocols": ["WSS", "HTTPS"], "Role": "MASTER" });
    let body = json!({
        "ChannelARN": bench.arn,
        "SingleMasterChannelEndpointConfiguration": configuration,
    });
    let path = "/getSignalingChannelEndpoint";
    let answer = call(bench, name, host, path, &body.to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let list = answer.json()["ResourceEndpointList"].as_array().expect("a list").clone();
    let endpoint = |item: &Value| item["ResourceEndpoint"].as_str().expect("a URL").to_owned();
    list.iter().map(endpoint).collect()
}

/// A call under a name, signed for the region in `host`.
async fn call(bench: &Bench, name: &str, host: &str, path: &str, body: &str) -> Answer {
    let request = signed_post(&bench.keys, bench.wall(), host, path, body);
    exchange(&bench.mock, bench.device, name, &request).await
}

/// Over TLS to that very name, which the certificate must have.
async fn exchange(mock: &Mock, address: std::net::SocketAddr, name: &str, request: &str) -> Answer {
    let stream = TcpStream::connect(address).await.expect("connected");
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let tls = Arc::new(connector(mock, &[b"http/1.1"]));
    let mut stream = tls.connect(name, stream).await.expect("trusted");
    stream.write_all(request.as_bytes()).await.expect("sent");
    read_answer(&mut stream).await.expect("an answer")
}
