//! A bandwidth limit paces bytes, and pushes back what does not fit.

use std::time::Duration;

use mock_kvs::link::{Condition, Toward};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use crate::support::{RULE, Rig, pattern};

const LIMIT: Condition = Condition::Bandwidth { bytes_per_s: 10_000 };

#[tokio::test(start_paused = true)]
async fn bytes_take_their_time_on_the_line() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Both, LIMIT);
    let start = Instant::now();
    let data = pattern(20_000);
    let mut read = vec![0; 20_000];
    service.write_all(&data).await.expect("written");
    client.read_exact(&mut read).await.expect("read");
    assert_eq!((start.elapsed(), read == data), (Duration::from_secs(2), true));
    let start = Instant::now();
    client.write_all(&data).await.expect("written");
    service.read_exact(&mut read).await.expect("read");
    assert_eq!((start.elapsed(), read == data), (Duration::from_secs(2), true));
}

#[tokio::test(start_paused = true)]
async fn bytes_trickle_and_do_not_jump() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, LIMIT);
    let start = Instant::now();
    service.write_all(&pattern(10_000)).await.expect("written");
    client.read_exact(&mut [0; 5_000]).await.expect("read");
    assert_eq!(start.elapsed(), Duration::from_millis(500));
}

#[tokio::test(start_paused = true)]
async fn a_writer_is_pushed_back() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Device, LIMIT);
    let start = Instant::now();
    let reader = tokio::spawn(async move {
        client.read_exact(&mut vec![0; 200_000]).await.expect("read");
    });
    service.write_all(&pattern(200_000)).await.expect("written");
    assert!(start.elapsed() > Duration::from_secs(10), "{:?}", start.elapsed());
    reader.await.expect("no panic");
    assert_eq!(start.elapsed(), Duration::from_secs(20));
}
