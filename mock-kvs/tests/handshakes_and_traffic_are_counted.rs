//! What a connection costs its client: the kind of its handshake, bytes both ways, and round trips.

mod support;

use mock_kvs::{Event, Traffic};
use rustls::pki_types::ServerName;
use support::{Bench, HOST, connector, read_answer, signed_post};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

async fn describe(bench: &Bench, connector: &TlsConnector) {
    let tcp = TcpStream::connect(bench.device).await.expect("connected");
    let name = ServerName::try_from(HOST).expect("a name");
    let mut stream = connector.connect(name, tcp).await.expect("a handshake");
    let body = r#"{"ChannelName":"front-door"}"#;
    let request = signed_post(&bench.keys, bench.wall(), HOST, "/describeSignalingChannel", body);
    stream.write_all(request.as_bytes()).await.expect("sent");
    assert_eq!(read_answer(&mut stream).await.expect("an answer").status, 200);
}

fn handshakes(bench: &Bench) -> Vec<&'static str> {
    let records = bench.mock.journal().since(0);
    let kind = |event: &Event| {
        if let Event::Tls { handshake, .. } = event { *handshake } else { None }
    };
    records.iter().filter_map(|record| kind(&record.event)).collect()
}

#[tokio::test]
async fn a_ticket_makes_the_next_handshake_cheaper() {
    let bench = Bench::new().await;
    // Its tickets are kept from one connection to the next.
    let connector = connector(&bench.mock, &[b"http/1.1"]);
    assert_eq!(bench.mock.traffic("device"), Traffic::default());

    describe(&bench, &connector).await;
    let full = bench.mock.traffic("device");
    describe(&bench, &connector).await;
    let both = bench.mock.traffic("device");

    assert_eq!(handshakes(&bench), ["full", "resumed"]);
    assert_eq!((full.connections, both.connections), (1, 2));
    // TCP, the handshake, the request.
    assert_eq!((full.round_trips, both.round_trips), (3, 6));
    assert!(both.sent < 2 * full.sent - 500, "no certificate is sent twice: {full:?}, {both:?}");
    assert!(full.received > 600, "hello and request: {full:?}");
    assert_eq!(bench.mock.traffic("viewer"), Traffic::default());
}
