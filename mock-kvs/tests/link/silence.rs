//! Accept and silence: new connections succeed and are never answered; live ones go on.

use mock_kvs::link::{Condition, Happened, Toward};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{RULE, Rig, is_silent};

#[tokio::test(start_paused = true)]
async fn a_new_connection_is_never_answered_even_after_healing() {
    let rig = Rig::paused();
    let (mut old_client, mut old_service) = rig.memory();
    rig.links.set(RULE, Toward::Both, Condition::AcceptSilence);
    let (mut client, mut service) = rig.memory();
    client.write_all(b"hello?").await.expect("accepted");
    service.write_all(b"hello!").await.expect("swallowed");
    assert!(is_silent(&mut client).await);
    assert!(is_silent(&mut service).await);
    rig.links.heal(RULE);
    service.write_all(b"hello!").await.expect("swallowed");
    assert!(is_silent(&mut client).await);

    old_service.write_all(b"x").await.expect("written");
    assert_eq!(old_client.read_u8().await.expect("a live connection goes on"), b'x');
    assert_eq!(rig.happened(), [Happened::Silenced]);
    let (mut client, mut service) = rig.memory();
    service.write_all(b"y").await.expect("written");
    assert_eq!(client.read_u8().await.expect("healed"), b'y');
}
