//! A black hole swallows bytes while the sender sees a healthy socket.

use mock_kvs::link::{Condition, Direction, Happened, Toward};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{RULE, Rig, is_reset, is_silent, pattern, read_out, serve_reading};

/// Far more than both kernels' buffers: it can only be written because it is acknowledged all the
/// time.
const MUCH: usize = 16 << 20;

#[tokio::test]
async fn the_device_can_write_for_ever_because_the_kernel_acknowledges() {
    let rig = Rig::real();
    let (mut client, service) = rig.tcp().await;
    rig.links.set(RULE, Toward::Service, Condition::BlackHole);
    let handle = service.handle().clone();
    let served = serve_reading(service);
    client.write_all(&pattern(MUCH)).await.expect("acknowledged");
    while handle.counts().received_lost < MUCH as u64 {
        tokio::task::yield_now().await;
    }
    assert_eq!(handle.counts().received, 0);
    rig.links.heal(RULE);
    client.write_all(b"after").await.expect("written");
    client.shutdown().await.expect("shut down");
    let (read, ended) = served.await.expect("no panic");
    assert_eq!((read.as_slice(), ended.is_ok()), (&b"after"[..], true));
    assert_eq!(rig.happened(), [Happened::Affected(Direction::Service)]);
}

#[tokio::test]
async fn the_service_can_write_for_ever_and_the_device_reads_nothing() {
    let rig = Rig::real();
    let (mut client, mut service) = rig.tcp().await;
    rig.links.set(RULE, Toward::Device, Condition::BlackHole);
    service.write_all(&pattern(MUCH)).await.expect("swallowed");
    assert_eq!(service.handle().counts().sent_lost, MUCH as u64);
    rig.links.heal(RULE);
    service.write_all(b"after").await.expect("written");
    drop(service);
    assert_eq!(read_out(&mut client).await.0, b"after");
}

#[tokio::test(start_paused = true)]
async fn the_other_direction_goes_on() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, Condition::BlackHole);
    client.write_all(b"heard").await.expect("written");
    let mut heard = [0; 5];
    service.read_exact(&mut heard).await.expect("read");
    service.write_all(b"unheard").await.expect("swallowed");
    assert!(is_silent(&mut client).await);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_stream_is_not_seen_until_healed() {
    let rig = Rig::paused();
    let (mut client, service) = rig.memory();
    rig.links.set(RULE, Toward::Both, Condition::BlackHole);
    drop(service);
    assert!(is_silent(&mut client).await);
    rig.links.heal(RULE);
    assert!(read_out(&mut client).await.1.is_ok());

    rig.links.set(RULE, Toward::Both, Condition::BlackHole);
    let (client, mut service) = rig.memory();
    drop(client);
    assert!(is_silent(&mut service).await, "a half-open session");
    rig.links.heal(RULE);
    assert!(read_out(&mut service).await.1.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_injected_reset_acts_all_the_same() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Both, Condition::BlackHole);
    service.write_all(b"swallowed").await.expect("swallowed");
    service.handle().reset(RULE);
    let (read, ended) = read_out(&mut client).await;
    assert!(read.is_empty() && is_reset(&ended), "{ended:?}");
}
