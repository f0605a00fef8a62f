//! FIN and RST: what the peer has read by then, and what it reads last.

use mock_kvs::link::{End, Happened, LinkStream, Transport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Client, RULE, Rig, is_reset, pattern, read_out};

#[tokio::test]
async fn a_reset_is_econnreset_after_exactly_the_bytes_before_it_over_tcp() {
    let rig = Rig::real();
    let (client, service) = rig.tcp().await;
    bytes_then_reset(&rig, client, service, 30_000).await;
}

#[tokio::test(start_paused = true)]
async fn a_reset_is_econnreset_after_exactly_the_bytes_before_it_in_memory() {
    let rig = Rig::paused();
    let (client, service) = rig.memory();
    bytes_then_reset(&rig, client, service, 30_000).await;
}

/// More than both kernels' buffers hold: without draining, the reset would overtake the tail.
#[tokio::test]
async fn a_reset_waits_for_a_slow_reader_to_acknowledge_everything() {
    let rig = Rig::real();
    let (mut client, mut service) = rig.tcp().await;
    let data = pattern(8 << 20);
    let sent = data.clone();
    let handle = service.handle().clone();
    let writer = tokio::spawn(async move {
        service.write_all(&sent).await.expect("written");
        handle.reset(RULE);
        read_out(&mut service).await
    });
    let (read, ended) = read_out(&mut client).await;
    assert_eq!(read.len(), data.len());
    assert!(read == data && is_reset(&ended), "{ended:?}");
    let (_, service_end) = writer.await.expect("no panic");
    assert!(is_reset(&service_end), "{service_end:?}");
}

#[tokio::test]
async fn a_close_is_a_fin_and_no_reset_even_with_unread_bytes_over_tcp() {
    let rig = Rig::real();
    let (client, service) = rig.tcp().await;
    bytes_then_fin(&rig, client, service).await;
}

#[tokio::test(start_paused = true)]
async fn a_close_is_a_fin_and_no_reset_even_with_unread_bytes_in_memory() {
    let rig = Rig::paused();
    let (client, service) = rig.memory();
    bytes_then_fin(&rig, client, service).await;
}

#[tokio::test]
async fn the_services_own_shutdown_and_drop_are_a_fin() {
    let rig = Rig::real();
    let (mut client, mut service) = rig.tcp().await;
    service.write_all(b"bye").await.expect("written");
    service.shutdown().await.expect("shut down");
    client.write_all(b"still heard").await.expect("half open");
    let mut heard = [0; 11];
    service.read_exact(&mut heard).await.expect("the other half is open");
    drop(service);
    let (read, ended) = read_out(&mut client).await;
    assert_eq!((read.as_slice(), ended.is_ok()), (&b"bye"[..], true));
    assert_eq!(rig.happened(), []);
}

#[tokio::test]
async fn the_peers_own_reset_reaches_the_service() {
    let rig = Rig::real();
    let (client, mut service) = rig.tcp().await;
    client.abort();
    let (read, ended) = read_out(&mut service).await;
    assert!(read.is_empty() && is_reset(&ended), "{ended:?}");
}

async fn bytes_then_reset<S: Transport>(
    rig: &Rig,
    mut client: impl Client,
    mut service: LinkStream<S>,
    len: usize,
) {
    let data = pattern(len);
    service.write_all(&data).await.expect("written");
    service.handle().reset(RULE);
    let (read, ended) = read_out(&mut client).await;
    assert_eq!(read, data);
    assert!(is_reset(&ended), "{ended:?}");
    let (_, ended) = read_out(&mut service).await;
    assert!(is_reset(&ended), "{ended:?}");
    let wrote = service.write_all(b"x").await;
    assert!(is_reset(&wrote), "{wrote:?}");
    assert!(!service.handle().is_open());
    reported(rig, End::Reset, len as u64);
}

async fn bytes_then_fin<S: Transport>(
    rig: &Rig,
    mut client: impl Client,
    mut service: LinkStream<S>,
) {
    let data = pattern(30_000);
    // The service never reads this: closing the socket with it unread would send RST.
    client.write_all(b"unread").await.expect("written");
    service.write_all(&data).await.expect("written");
    service.handle().close(RULE);
    let (read, ended) = read_out(&mut client).await;
    assert_eq!(read, data);
    assert!(ended.is_ok(), "{ended:?}");
    assert_eq!(service.read(&mut [0; 8]).await.expect("the end, no error"), 0);
    reported(rig, End::Close, 30_000);
}

fn reported(rig: &Rig, end: End, sent: u64) {
    let events = rig.events();
    let [event] = events.as_slice() else { panic!("one event: {events:?}") };
    let Happened::Cut(cut) = event.what else { panic!("a cut: {event:?}") };
    assert_eq!((event.tag, event.conn, event.counts.sent), (RULE, Some(1), sent));
    assert_eq!((cut.end, cut.message), (Some(end), None));
}
