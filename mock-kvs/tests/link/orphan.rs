//! A stream that the service has dropped: what is still done for it, and until when.

use mock_kvs::link::{Condition, Toward};
use tokio::io::AsyncWriteExt as _;

use crate::support::{Client, RULE, Rig, pattern};

#[tokio::test]
async fn behind_a_hole_the_device_is_acknowledged_until_it_gives_up_over_tcp() {
    let rig = Rig::real();
    let (client, service) = rig.tcp().await;
    rig.links.set(RULE, Toward::Both, Condition::BlackHole);
    drop(service);
    writes_much_and_closes(client).await;
}

#[tokio::test(start_paused = true)]
async fn behind_a_silence_the_device_is_acknowledged_until_it_gives_up_in_memory() {
    let rig = Rig::paused();
    let (client, service) = rig.memory();
    service.handle().silence();
    drop(service);
    writes_much_and_closes(client).await;
}

/// Only possible while someone reads.
async fn writes_much_and_closes(mut client: impl Client) {
    client.write_all(&pattern(16 << 20)).await.expect("acknowledged");
    client.shutdown().await.expect("open until now");
}
