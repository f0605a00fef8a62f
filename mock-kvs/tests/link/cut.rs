//! Cuts at a byte position: inside a message toward the device, after so many bytes either way.

use std::time::Duration;

use mock_kvs::fault::units::Percent;
use mock_kvs::link::{
    Condition, CutAt, Direction, End, Happened, LinkStream, Tag, Then, Toward, Transport,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Client, RULE, Rig, is_reset, is_silent, pattern, read_out};

const MESSAGE: usize = 20_001;

#[tokio::test]
async fn a_message_is_cut_at_exactly_this_part_over_tcp() {
    for percent in [0, 50, 100] {
        let rig = Rig::real();
        let (client, service) = rig.tcp().await;
        cut_inside_a_message(&rig, client, service, percent).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_is_cut_at_exactly_this_part_in_memory() {
    for percent in [0, 50, 100] {
        let rig = Rig::paused();
        let (client, service) = rig.memory();
        cut_inside_a_message(&rig, client, service, percent).await;
    }
}

#[tokio::test(start_paused = true)]
async fn marks_without_an_armed_cut_change_nothing() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    service.handle().begin_message();
    service.write_all(b"offer").await.expect("written");
    service.handle().end_message();
    service.shutdown().await.expect("shut down");
    assert_eq!(read_out(&mut client).await.0, b"offer");
}

#[tokio::test(start_paused = true)]
async fn healing_an_armed_cut_lets_the_message_through() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    service.handle().cut_message(RULE, Percent::NONE, Then::End(End::Reset));
    service.handle().begin_message();
    service.write_all(b"offer").await.expect("written");
    rig.links.heal(RULE);
    service.handle().end_message();
    service.shutdown().await.expect("shut down");
    assert_eq!(read_out(&mut client).await.0, b"offer");
    assert_eq!(rig.happened(), []);
}

#[tokio::test(start_paused = true)]
async fn a_message_can_stall_in_its_middle_and_go_on_when_healed() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    let half = Percent::new(50).expect("a percentage");
    let stall = Then::Set(Toward::Device, Condition::Stall);
    service.handle().cut_message(RULE, half, stall);
    let data = pattern(1000);
    write_marked(&mut service, &data).await;
    let mut first = vec![0; 500];
    client.read_exact(&mut first).await.expect("half of it");
    assert!(is_silent(&mut client).await);
    rig.links.heal(RULE);
    let mut rest = vec![0; 500];
    client.read_exact(&mut rest).await.expect("the rest");
    assert_eq!([first, rest].concat(), data);
    let cut = CutAt { direction: Direction::Device, end: None, message: Some((500, 1000)) };
    assert_eq!(rig.happened(), [Happened::Cut(cut)], "reported once");
}

#[tokio::test(start_paused = true)]
async fn toward_the_device_so_many_more_bytes_arrive_then_the_reset() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    let data = pattern(900);
    service.write_all(&data[..100]).await.expect("written");
    service.handle().cut_after(RULE, Direction::Device, 333, Then::End(End::Reset));
    // The rest of what is written may go nowhere; the writer learns of it soon or late.
    let _ = service.write_all(&data[100..]).await;
    let (read, ended) = read_out(&mut client).await;
    assert_eq!(read, data[..433]);
    assert!(is_reset(&ended));
}

#[tokio::test]
async fn toward_the_service_so_many_bytes_after_the_last_message_arrive_over_tcp() {
    let rig = Rig::real();
    let (client, service) = rig.tcp().await;
    cut_toward_the_service(&rig, client, service).await;
}

#[tokio::test(start_paused = true)]
async fn toward_the_service_so_many_bytes_after_the_last_message_arrive_in_memory() {
    let rig = Rig::paused();
    let (client, service) = rig.memory();
    cut_toward_the_service(&rig, client, service).await;
}

#[tokio::test(start_paused = true)]
async fn no_byte_after_the_message_resets_at_once() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    client.write_all(b"message").await.expect("written");
    let mut message = [0; 7];
    service.read_exact(&mut message).await.expect("a message");
    service.handle().message_boundary();
    service.handle().cut_after(RULE, Direction::Service, 0, Then::End(End::Reset));
    assert!(is_reset(&read_out(&mut service).await.1));
    assert!(is_reset(&read_out(&mut client).await.1));
}

#[tokio::test(start_paused = true)]
async fn a_cut_toward_the_service_falls_while_the_other_direction_is_stalled() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(Tag(1), Toward::Device, Condition::Stall);
    service.write_all(b"held").await.expect("held");
    service.handle().cut_after(RULE, Direction::Service, 3, Then::End(End::Reset));
    client.write_all(b"message").await.expect("written");
    // What delivers toward the client has seen the stall and waits by now.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (read, ended) = read_out(&mut service).await;
    assert_eq!((read.as_slice(), is_reset(&ended)), (&b"mes"[..], true));
    assert!(is_reset(&read_out(&mut client).await.1));
}

async fn cut_inside_a_message<S: Transport>(
    rig: &Rig,
    mut client: impl Client,
    mut service: LinkStream<S>,
    percent: u16,
) {
    let at = Percent::new(percent).expect("a percentage");
    service.write_all(b"earlier").await.expect("written");
    service.handle().cut_message(RULE, at, Then::End(End::Reset));
    let data = pattern(MESSAGE);
    write_marked(&mut service, &data).await;
    let part = MESSAGE * usize::from(percent) / 100;
    let (read, ended) = read_out(&mut client).await;
    assert_eq!(read, [b"earlier", &data[..part]].concat(), "at {percent} %");
    assert!(is_reset(&ended), "{ended:?}");
    let events = rig.events();
    let Some(Happened::Cut(cut)) = events.first().map(|event| event.what) else {
        panic!("a cut: {events:?}");
    };
    assert_eq!(cut.message, Some((part as u64, MESSAGE as u64)));
    assert_eq!(events.first().map(|event| event.counts.sent), Some(7 + part as u64));
    assert_eq!((cut.end, cut.direction), (Some(End::Reset), Direction::Device));
}

async fn cut_toward_the_service<S: Transport>(
    rig: &Rig,
    mut client: impl Client,
    mut service: LinkStream<S>,
) {
    let data = pattern(1000);
    client.write_all(&data[..400]).await.expect("written");
    let mut message = vec![0; 400];
    service.read_exact(&mut message).await.expect("a message");
    service.handle().message_boundary();
    service.handle().cut_after(RULE, Direction::Service, 250, Then::End(End::Reset));
    client.write_all(&data[400..]).await.expect("written");
    let (read, ended) = read_out(&mut service).await;
    assert_eq!(read, data[400..650]);
    assert!(is_reset(&ended), "{ended:?}");
    let (read, ended) = read_out(&mut client).await;
    assert!(read.is_empty() && is_reset(&ended), "{ended:?}");
    assert_eq!(rig.events().first().map(|event| event.counts.received), Some(650));
}

/// In several writes, as TLS does.
async fn write_marked<S: Transport>(service: &mut LinkStream<S>, data: &[u8]) {
    service.handle().begin_message();
    for record in data.chunks(4096) {
        service.write_all(record).await.expect("held");
    }
    service.flush().await.expect("flushed");
    service.handle().end_message();
}
