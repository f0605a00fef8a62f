//! However bytes are written and read, and whatever holds or delays them, all arrive in order.

use std::time::Duration;

use mock_kvs::link::{Condition, Distribution, Latency, Tag, Toward};
use mock_kvs::platform::Sleeper;
use proptest::prelude::*;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::support::{Rig, pattern};

/// What is done to the links while the bytes travel, with the pause before it in ms.
#[derive(Debug, Clone)]
enum Act {
    Set(u64, Toward, Condition),
    Heal(u64),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_bytes_arrive_in_order(
        seed in any::<u64>(),
        toward_device in chunks(),
        toward_service in chunks(),
        read_size in 1_usize..5000,
        acts in prop::collection::vec((0_u64..50, act()), 0..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let rig = Rig::new(seed, Sleeper::tokio());
            let (client, service) = rig.memory();
            let (client_read, client_write) = tokio::io::split(client);
            let (service_read, service_write) = tokio::io::split(service);
            let sent = (total(&toward_device), total(&toward_service));
            let down = tokio::spawn(write_in(service_write, toward_device));
            let up = tokio::spawn(write_in(client_write, toward_service));
            let read_down = tokio::spawn(read_in(client_read, read_size));
            let read_up = tokio::spawn(read_in(service_read, read_size));
            for (pause, act) in acts {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                match act {
                    Act::Set(tag, toward, condition) => rig.links.set(Tag(tag), toward, condition),
                    Act::Heal(tag) => rig.links.heal(Tag(tag)),
                }
            }
            rig.links.heal_all();
            down.await.expect("no panic");
            up.await.expect("no panic");
            assert!(read_down.await.expect("no panic") == pattern(sent.0), "toward the device");
            assert!(read_up.await.expect("no panic") == pattern(sent.1), "toward the service");
        });
    }
}

/// Over sockets, on two threads, while conditions come and go under the moving bytes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_bytes_arrive_in_order_over_tcp_while_conditions_change() {
    let rig = Rig::real();
    let (client, service) = rig.tcp().await;
    let (client_read, client_write) = tokio::io::split(client);
    let (service_read, service_write) = tokio::io::split(service);
    let chunks = vec![30_000; 60];
    let down = tokio::spawn(write_in(service_write, chunks.clone()));
    let up = tokio::spawn(write_in(client_write, chunks.clone()));
    let read_down = tokio::spawn(read_in(client_read, 4096));
    let read_up = tokio::spawn(read_in(service_read, 4096));
    let latency = Latency::constant(Duration::from_micros(300));
    let conditions = [
        Condition::Stall,
        Condition::Latency(latency),
        Condition::Slice { bytes: 777, apart: Duration::ZERO },
        Condition::Bandwidth { bytes_per_s: 50_000_000 },
    ];
    let mut turns = conditions.iter().cycle();
    while !(down.is_finished() && up.is_finished()) {
        let condition = turns.next().expect("a cycle has no end").clone();
        rig.links.set(Tag(1), Toward::Both, condition);
        Sleeper::precise().sleep(Duration::from_micros(500)).await;
        rig.links.heal(Tag(1));
        tokio::task::yield_now().await;
    }
    assert!(read_down.await.expect("no panic") == pattern(total(&chunks)), "toward the device");
    assert!(read_up.await.expect("no panic") == pattern(total(&chunks)), "toward the service");
}

fn chunks() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1_usize..20, 1_usize..20_000], 0..12)
}

fn act() -> impl Strategy<Value = Act> {
    let toward = prop_oneof![Just(Toward::Device), Just(Toward::Service), Just(Toward::Both)];
    let distribution = prop_oneof![
        Just(Distribution::Uniform),
        Just(Distribution::Normal),
        Just(Distribution::Pareto)
    ];
    let latency =
        (0_u64..200, 0_u64..100, distribution).prop_map(|(delay, jitter, distribution)| {
            let (delay, jitter) = (Duration::from_millis(delay), Duration::from_millis(jitter));
            Condition::Latency(Latency { delay, jitter, distribution })
        });
    let slice = (1_usize..3000, 0_u64..20)
        .prop_map(|(bytes, apart)| Condition::Slice { bytes, apart: Duration::from_micros(apart) });
    let condition = prop_oneof![
        latency,
        slice,
        Just(Condition::Stall),
        (1000_u64..1_000_000).prop_map(|bytes_per_s| Condition::Bandwidth { bytes_per_s }),
    ];
    prop_oneof![
        (0_u64..3, toward, condition).prop_map(|(tag, toward, what)| Act::Set(tag, toward, what)),
        (0_u64..3).prop_map(Act::Heal),
    ]
}

async fn write_in(mut to: impl AsyncWrite + Unpin, chunks: Vec<usize>) {
    let data = pattern(total(&chunks));
    let mut rest = data.as_slice();
    for size in chunks {
        let (chunk, after) = rest.split_at(size);
        to.write_all(chunk).await.expect("written");
        tokio::task::yield_now().await;
        rest = after;
    }
    to.shutdown().await.expect("shut down");
}

async fn read_in(mut from: impl AsyncRead + Unpin, size: usize) -> Vec<u8> {
    let (mut all, mut piece) = (Vec::new(), vec![0; size]);
    loop {
        match from.read(&mut piece).await.expect("no error") {
            0 => return all,
            count => all.extend(&piece[..count]),
        }
    }
}

fn total(chunks: &[usize]) -> usize {
    chunks.iter().sum()
}
