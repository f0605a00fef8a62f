//! A stall holds bytes and loses none.

use mock_kvs::link::{Condition, Direction, Happened, Toward};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{RULE, Rig, is_reset, is_silent, pattern, read_out, serve_reading};

#[tokio::test(start_paused = true)]
async fn held_bytes_arrive_in_order_when_healed() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Both, Condition::Stall);
    let data = pattern(3000);
    service.write_all(&data).await.expect("held");
    client.write_all(&data).await.expect("held");
    assert!(is_silent(&mut client).await);
    assert!(is_silent(&mut service).await);
    rig.links.heal(RULE);
    let mut read = vec![0; 3000];
    client.read_exact(&mut read).await.expect("released");
    assert_eq!(read, data);
    service.read_exact(&mut read).await.expect("released");
    assert_eq!(read, data);
    let both = [Happened::Affected(Direction::Device)];
    assert_eq!(rig.happened(), both, "the first effect, once");
}

#[tokio::test]
async fn a_reader_that_waits_is_woken_by_healing_over_tcp() {
    let rig = Rig::real();
    let (mut client, mut service) = rig.tcp().await;
    rig.links.set(RULE, Toward::Both, Condition::Stall);
    let data = pattern(3000);
    service.write_all(&data).await.expect("held");
    client.write_all(&data).await.expect("held");
    client.shutdown().await.expect("shut down");
    let served = serve_reading(service);
    wait_for_effect(&rig).await;
    assert!(!served.is_finished());
    rig.links.heal(RULE);
    let (read, ended) = served.await.expect("no panic");
    assert_eq!((read, ended.is_ok()), (data.clone(), true));
    assert_eq!(read_out(&mut client).await.0, data);
}

#[tokio::test(start_paused = true)]
async fn a_writer_is_pushed_back_and_goes_on_when_healed() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, Condition::Stall);
    let data = pattern(1 << 20);
    let sent = data.clone();
    let writer = tokio::spawn(async move {
        service.write_all(&sent).await.expect("written");
        service.shutdown().await.expect("shut down");
    });
    assert!(is_silent(&mut client).await);
    assert!(!writer.is_finished(), "a link does not hold a megabyte");
    rig.links.heal(RULE);
    assert_eq!(read_out(&mut client).await.0, data);
    writer.await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_stream_is_held_too_also_of_a_dropped_one() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, Condition::Stall);
    service.write_all(b"held").await.expect("held");
    drop(service);
    assert!(is_silent(&mut client).await);
    rig.links.heal_all();
    let (read, ended) = read_out(&mut client).await;
    assert_eq!((read.as_slice(), ended.is_ok()), (&b"held"[..], true));
}

#[tokio::test(start_paused = true)]
async fn a_reset_overtakes_what_is_held() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, Condition::Stall);
    service.write_all(b"never seen").await.expect("held");
    service.handle().reset(RULE);
    let (read, ended) = read_out(&mut client).await;
    assert!(read.is_empty() && is_reset(&ended), "{ended:?}");
    assert_eq!(service.handle().counts().sent_lost, 10);
}

/// Until the stalled service has taken the bytes that it holds.
async fn wait_for_effect(rig: &Rig) {
    while rig.happened().is_empty() {
        tokio::task::yield_now().await;
    }
}
