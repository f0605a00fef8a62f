//! Corruption flips single bits, as many as were asked for, the same under the same seed.

use mock_kvs::link::{Condition, Toward};
use mock_kvs::platform::Sleeper;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{RULE, Rig, pattern};

#[tokio::test(start_paused = true)]
async fn one_flip_is_one_bit() {
    let read = through(1, 1.0, Some(1)).await;
    let data = pattern(5000);
    let flipped = read.iter().zip(&data).map(|(a, b)| (a ^ b).count_ones()).collect::<Vec<_>>();
    assert_eq!((flipped.first(), flipped.iter().sum::<u32>()), (Some(&1), 1));
}

#[tokio::test(start_paused = true)]
async fn about_p_of_the_bytes_are_hit() {
    let read = through(1, 0.01, None).await;
    let hit = read.iter().zip(&pattern(5000)).filter(|(a, b)| a != b).count();
    assert!((25..=80).contains(&hit), "about 50 of 5000: {hit}");
}

#[tokio::test(start_paused = true)]
async fn a_seed_repeats_the_damage() {
    assert_eq!(through(3, 0.05, None).await, through(3, 0.05, None).await);
    assert_ne!(through(3, 0.05, None).await, through(4, 0.05, None).await);
}

async fn through(seed: u64, p: f64, at_most: Option<u64>) -> Vec<u8> {
    let rig = Rig::new(seed, Sleeper::tokio());
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Service, Condition::Corrupt { p, at_most });
    client.write_all(&pattern(5000)).await.expect("written");
    let mut read = vec![0; 5000];
    service.read_exact(&mut read).await.expect("read");
    read
}
