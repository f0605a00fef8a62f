//! Latency and jitter: when bytes arrive, that they keep their order, and that a seed repeats them.

use std::time::Duration;

use mock_kvs::link::{Condition, Distribution, Latency, LinkStream, MemoryStream, Toward};
use mock_kvs::platform::Sleeper;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use crate::support::{RULE, Rig, is_reset, read_out, serve_reading};

const MS: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn each_direction_has_its_own_delay() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, constant(150 * MS));
    assert_eq!(one_way(&mut service, &mut client).await, 150 * MS);
    assert_eq!(one_way(&mut client, &mut service).await, Duration::ZERO);
    rig.links.set(RULE, Toward::Service, constant(70 * MS));
    assert_eq!(one_way(&mut client, &mut service).await, 70 * MS);
    rig.links.heal(RULE);
    assert_eq!(one_way(&mut service, &mut client).await, Duration::ZERO);
    assert_eq!(one_way(&mut client, &mut service).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn delays_of_two_rules_add_up() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Both, constant(30 * MS));
    rig.links.set(RULE, Toward::Both, constant(12 * MS));
    assert_eq!(one_way(&mut service, &mut client).await, 42 * MS);
}

#[tokio::test(start_paused = true)]
async fn bytes_under_way_keep_their_time_and_are_not_overtaken() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, constant(500 * MS));
    let start = Instant::now();
    service.write_all(b"slow").await.expect("written");
    rig.links.heal(RULE);
    service.write_all(b"fast").await.expect("written");
    let mut both = [0; 8];
    client.read_exact(&mut both).await.expect("read");
    assert_eq!((&both, start.elapsed()), (b"slowfast", 500 * MS));
}

#[tokio::test(start_paused = true)]
async fn delayed_bytes_and_the_fin_arrive_after_the_service_dropped_its_stream() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, constant(200 * MS));
    let start = Instant::now();
    service.write_all(b"last words").await.expect("written");
    drop(service);
    let (read, ended) = read_out(&mut client).await;
    assert_eq!((read.as_slice(), ended.is_ok()), (&b"last words"[..], true));
    assert_eq!(start.elapsed(), 200 * MS);
    assert!(rig.links.live().is_empty());
}

#[tokio::test(start_paused = true)]
async fn writing_is_done_at_once_and_pipelined() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, constant(100 * MS));
    let start = Instant::now();
    for _ in 0..10 {
        service.write_all(&[1; 100]).await.expect("written");
        service.flush().await.expect("flushed");
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    client.read_exact(&mut [0; 1000]).await.expect("read");
    assert_eq!(start.elapsed(), 100 * MS);
}

#[tokio::test(start_paused = true)]
async fn an_end_travels_as_slowly_as_a_byte() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Both, constant(40 * MS));
    let start = Instant::now();
    service.handle().reset(RULE);
    assert!(is_reset(&read_out(&mut client).await.1));
    assert_eq!(start.elapsed(), 40 * MS);
    assert!(is_reset(&read_out(&mut service).await.1));

    let (client, service) = rig.memory();
    let start = Instant::now();
    drop(client);
    assert!(serve_reading(service).await.expect("no panic").1.is_ok());
    assert_eq!(start.elapsed(), 40 * MS);
}

#[tokio::test(start_paused = true)]
async fn uniform_jitter_stays_within_its_spread_and_fills_it() {
    let delays = sample(1, Distribution::Uniform, 400).await;
    assert!(delays.iter().all(|delay| (80..=120).contains(delay)), "{delays:?}");
    assert!(delays.iter().any(|delay| *delay < 85) && delays.iter().any(|delay| *delay > 115));
    assert!((97..=103).contains(&mean(&delays)), "{}", mean(&delays));
}

#[tokio::test(start_paused = true)]
async fn normal_jitter_gathers_around_the_delay() {
    let delays = sample(1, Distribution::Normal, 400).await;
    let within_one = delays.iter().filter(|delay| (80..=120).contains(*delay)).count();
    assert!((230..=310).contains(&within_one), "68 % of 400 expected: {within_one}");
    assert!((97..=103).contains(&mean(&delays)), "{}", mean(&delays));
}

#[tokio::test(start_paused = true)]
async fn pareto_jitter_is_never_early_and_has_a_bounded_tail() {
    let delays = sample(1, Distribution::Pareto, 400).await;
    assert!(delays.iter().all(|delay| (100..=500).contains(delay)), "{delays:?}");
    assert!(delays.iter().any(|delay| *delay > 200), "a tail: {delays:?}");
    let early = delays.iter().filter(|delay| **delay < 110).count();
    assert!(early > 200, "more than half arrive within half a jitter: {early}");
}

#[tokio::test(start_paused = true)]
async fn a_seed_repeats_the_jitter_and_another_does_not() {
    let once = sample(5, Distribution::Uniform, 30).await;
    assert_eq!(once, sample(5, Distribution::Uniform, 30).await);
    assert_ne!(once, sample(6, Distribution::Uniform, 30).await);
}

#[tokio::test]
async fn under_the_real_clock_bytes_are_never_early() {
    for ms in [1, 10] {
        let rig = Rig::real();
        let (mut client, mut service) = rig.tcp().await;
        rig.links.set(RULE, Toward::Both, constant(ms * MS));
        let toward_device = one_way(&mut service, &mut client).await;
        let toward_service = one_way(&mut client, &mut service).await;
        assert!(toward_device >= ms * MS, "{toward_device:?}");
        assert!(toward_service >= ms * MS, "{toward_service:?}");
    }
}

const fn constant(delay: Duration) -> Condition {
    Condition::Latency(Latency::constant(delay))
}

/// Delays in ms of single bytes toward the device, with 100 ms ± 20 ms.
async fn sample(seed: u64, distribution: Distribution, count: usize) -> Vec<u128> {
    let rig = Rig::new(seed, Sleeper::tokio());
    let (mut client, mut service): (MemoryStream, LinkStream<MemoryStream>) = rig.memory();
    let latency = Latency { delay: 100 * MS, jitter: 20 * MS, distribution };
    rig.links.set(RULE, Toward::Device, Condition::Latency(latency));
    let mut delays = Vec::new();
    for _ in 0..count {
        delays.push(one_way(&mut service, &mut client).await.as_millis());
    }
    delays
}

fn mean(delays: &[u128]) -> u128 {
    delays.iter().sum::<u128>() / delays.len() as u128
}

async fn one_way(
    from: &mut (impl tokio::io::AsyncWrite + Unpin),
    to: &mut (impl tokio::io::AsyncRead + Unpin),
) -> Duration {
    let start = Instant::now();
    from.write_all(b"x").await.expect("written");
    to.read_u8().await.expect("read");
    start.elapsed()
}
