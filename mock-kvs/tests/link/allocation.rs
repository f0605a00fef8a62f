//! A connection on which nothing stands moves bytes without allocating.

use allocation_counter::measure;
use mock_kvs::link::{LinkStream, Transport};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;

use crate::support::{Client, Rig};

#[test]
fn passing_bytes_through_does_not_allocate_over_tcp() {
    let (runtime, rig) = quiet();
    let (client, service) = runtime.block_on(rig.tcp());
    moves_without_allocating(&runtime, client, service);
}

#[test]
fn passing_bytes_through_does_not_allocate_in_memory() {
    let (runtime, rig) = quiet();
    let (client, service) = runtime.block_on(async { rig.memory() });
    moves_without_allocating(&runtime, client, service);
}

fn moves_without_allocating<S: Transport>(
    runtime: &Runtime,
    mut client: impl Client,
    mut service: LinkStream<S>,
) {
    let handle = service.handle().clone();
    let mut round = || {
        runtime.block_on(async {
            handle.begin_message();
            service.write_all(&[1; 500]).await.expect("written");
            handle.end_message();
            client.read_exact(&mut [0; 500]).await.expect("read");
            client.write_all(&[2; 500]).await.expect("written");
            service.read_exact(&mut [0; 500]).await.expect("read");
            handle.message_boundary();
        });
    };
    // Buffers of the stream below grow to their size first.
    round();
    let counted = measure(|| (0..100).for_each(|_| round()));
    assert_eq!(counted.count_total, 0);
}

fn quiet() -> (Runtime, Rig) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    (runtime.expect("a runtime"), Rig::real())
}
