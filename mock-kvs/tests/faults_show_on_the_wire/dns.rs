//! The name service.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mock_kvs::Mock;
use mock_kvs::names::{Names, Others};
use tokio::net::UdpSocket;

use super::support::{Bench, HOST, fault};

const RIGHT: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Response codes of RFC 1035 §4.1.1.
const FINE: u8 = 0;
const FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;

#[tokio::test]
async fn a_name_that_does_not_exist_and_a_service_that_has_failed() {
    let bench = Bench::new().await;
    let names = names(&bench.mock).await;
    assert_eq!(ask(names, HOST).await, Some((FINE, Some(RIGHT))));
    let spec = r#"{"fault": "dns-nxdomain", "times": 1}"#;
    bench.mock.arm(fault(spec)).expect("armed");
    assert_eq!(ask(names, "example.org").await, Some((5, None)), "not the service's: not counted");
    assert_eq!(ask(names, HOST).await, Some((NO_SUCH_NAME, None)));
    bench.expect("fault.fired", |record| Bench::fired(record, "dns-nxdomain")).await;
    assert_eq!(ask(names, HOST).await, Some((FINE, Some(RIGHT))), "once");
    let rule = bench.mock.arm(fault(r#"{"fault": "dns-servfail"}"#)).expect("armed");
    for _ in 0..2 {
        assert_eq!(ask(names, HOST).await, Some((FAILURE, None)));
    }
    bench.mock.heal(&rule);
    assert_eq!(ask(names, HOST).await, Some((FINE, Some(RIGHT))));
}

#[tokio::test]
async fn no_answer_and_another_address() {
    let bench = Bench::new().await;
    let names = names(&bench.mock).await;
    let rule = bench.mock.arm(fault(r#"{"fault": "dns-timeout"}"#)).expect("armed");
    assert_eq!(ask(names, HOST).await, None);
    bench.mock.heal(&rule);
    let rule = bench.mock.arm(fault(r#"{"fault": "dns-address"}"#)).expect("armed");
    let nobody = Ipv4Addr::new(192, 0, 2, 1);
    assert_eq!(ask(names, HOST).await, Some((FINE, Some(nobody))));
    bench.mock.heal(&rule);
    let moved = fault(r#"{"fault": "dns-address", "message": "127.0.0.2"}"#);
    bench.mock.arm(moved).expect("armed");
    assert_eq!(ask(names, HOST).await, Some((FINE, Some(Ipv4Addr::new(127, 0, 0, 2)))));
    let wrong = fault(r#"{"fault": "dns-address", "message": "localhost"}"#);
    let refused = bench.mock.arm(wrong).expect_err("no address").to_string();
    assert!(refused.contains("IPv4"), "{refused}");
}

async fn names(mock: &Mock) -> SocketAddr {
    let any = SocketAddr::from((RIGHT, 0));
    let names = Names { answer: RIGHT, others: Others::Refuse };
    mock.listen_names("device", any, names).await.expect("a port")
}

/// The answer's code and its address; none when nothing comes.
async fn ask(names: SocketAddr, name: &str) -> Option<(u8, Option<Ipv4Addr>)> {
    let mut question = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        question.push(u8::try_from(label.len()).expect("a label"));
        question.extend(label.bytes());
    }
    question.extend([0, 0, 1, 0, 1]);
    let socket = UdpSocket::bind((RIGHT, 0)).await.expect("a socket");
    socket.send_to(&question, names).await.expect("sent");
    let mut answer = [0; 512];
    // Silence is what one test waits for; on loopback an answer takes less than a millisecond.
    let received = tokio::time::timeout(Duration::from_secs(1), socket.recv(&mut answer)).await;
    let length = received.ok()?.expect("received");
    let address = (answer[7] == 1).then(|| {
        let last: [u8; 4] = answer[length - 4..length].try_into().expect("four bytes");
        Ipv4Addr::from(last)
    });
    Some((answer[3] & 15, address))
}
