//! Slices: bytes arrive in small pieces, some time apart.

use std::time::Duration;

use mock_kvs::link::{Condition, Toward};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

use crate::support::{RULE, Rig, pattern};

#[tokio::test(start_paused = true)]
async fn each_read_gives_one_piece_either_way() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    rig.links.set(RULE, Toward::Both, Condition::Slice { bytes: 7, apart: Duration::ZERO });
    service.write_all(&pattern(20)).await.expect("written");
    assert_eq!(pieces(&mut client, 20).await, [7, 7, 6]);
    client.write_all(&pattern(20)).await.expect("written");
    assert_eq!(pieces(&mut service, 20).await, [7, 7, 6]);
}

#[tokio::test(start_paused = true)]
async fn pieces_come_apart() {
    let rig = Rig::paused();
    let (mut client, mut service) = rig.memory();
    let apart = Duration::from_millis(30);
    rig.links.set(RULE, Toward::Device, Condition::Slice { bytes: 10, apart });
    let start = Instant::now();
    service.write_all(&pattern(40)).await.expect("written");
    let mut at = Vec::new();
    for _ in 0..4 {
        client.read_exact(&mut [0; 10]).await.expect("a piece");
        at.push(start.elapsed().as_millis());
    }
    assert_eq!(at, [0, 30, 60, 90]);
}

#[tokio::test]
async fn a_client_on_a_socket_sees_pieces_that_come_apart() {
    let rig = Rig::real();
    let (mut client, mut service) = rig.tcp().await;
    let apart = Duration::from_millis(5);
    rig.links.set(RULE, Toward::Device, Condition::Slice { bytes: 100, apart });
    service.write_all(&pattern(500)).await.expect("written");
    let sizes = pieces(&mut client, 500).await;
    // A busy machine may let two pieces meet in the client's kernel, but not all of them.
    assert!(sizes.len() > 1 && sizes.iter().all(|size| size % 100 == 0), "{sizes:?}");
}

async fn pieces(stream: &mut (impl AsyncRead + Unpin), total: usize) -> Vec<usize> {
    let (mut sizes, mut left, mut buffer) = (Vec::new(), total, [0; 512]);
    while left > 0 {
        let count = stream.read(&mut buffer).await.expect("read");
        assert!(count > 0, "ended with {left} to come");
        sizes.push(count);
        left -= count;
    }
    sizes
}
