//! The kernel's own count against what a peer has read.

use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::unacknowledged;

#[tokio::test]
async fn counts_what_a_peer_with_a_full_window_has_not_taken_over_ipv4() {
    fills_and_drains("127.0.0.1:0").await;
}

#[tokio::test]
async fn counts_what_a_peer_with_a_full_window_has_not_taken_over_ipv6() {
    if TcpListener::bind("[::1]:0").await.is_ok() {
        fills_and_drains("[::1]:0").await;
        fills_and_drains("[::ffff:127.0.0.1]:0").await;
    }
}

async fn fills_and_drains(address: &str) {
    let listener = TcpListener::bind(address).await.expect("bind");
    let connect = TcpStream::connect(listener.local_addr().expect("an address"));
    let (writer, accepted) = tokio::join!(connect, listener.accept());
    let (writer, mut reader) = (writer.expect("connect"), accepted.expect("accept").0);
    assert_eq!(unacknowledged(&writer).expect("an answer"), 0);

    let mut written = 0;
    while let Ok(count) = writer.try_write(&[0; 64 * 1024]) {
        written += count;
    }
    let queued = unacknowledged(&writer).expect("an answer");
    assert!(queued > 0 && queued <= written as u64, "{queued} of {written}");

    reader.read_exact(&mut vec![0; written]).await.expect("all of it");
    while unacknowledged(&writer).expect("an answer") > 0 {
        tokio::task::yield_now().await;
    }
}
