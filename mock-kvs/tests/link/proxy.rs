//! The proxy: the same link between a client and a service that is not ours.

use std::net::SocketAddr;

use mock_kvs::link::{Condition, Toward, proxy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{RULE, Rig, is_reset, pattern, read_out};

#[tokio::test]
async fn bytes_pass_both_ways_and_faults_act_between() {
    let rig = Rig::real();
    let listener = rig.listen();
    let addr = listener.local_addr();
    tokio::spawn(proxy(listener, echo_service().await));

    let data = pattern(200_000);
    let sent = data.clone();
    let (mut read, mut write) = TcpStream::connect(addr).await.expect("connect").into_split();
    let writer = tokio::spawn(async move {
        write.write_all(&sent).await.expect("written");
        write.shutdown().await.expect("shut down");
    });
    let (echoed, ended) = read_out(&mut read).await;
    writer.await.expect("no panic");
    assert!(echoed == data && ended.is_ok(), "{ended:?}");

    let mut client = TcpStream::connect(addr).await.expect("connect");
    client.write_all(b"x").await.expect("written");
    assert_eq!(client.read_u8().await.expect("echoed"), b'x');
    rig.links.set(RULE, Toward::Device, Condition::Stall);
    client.write_all(b"y").await.expect("written");
    let held = rig.links.live().into_iter().next().expect("a live connection");
    rig.links.heal(RULE);
    assert_eq!(client.read_u8().await.expect("echoed"), b'y');
    held.reset(RULE);
    assert!(is_reset(&read_out(&mut client).await.1));
}

#[tokio::test]
async fn a_dead_upstream_resets_the_client() {
    let rig = Rig::real();
    let free = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let upstream = free.local_addr().expect("an address");
    drop(free);
    let listener = rig.listen();
    let addr = listener.local_addr();
    tokio::spawn(proxy(listener, upstream));
    let mut client = TcpStream::connect(addr).await.expect("connect");
    assert!(is_reset(&read_out(&mut client).await.1));
}

async fn echo_service() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let addr = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("accept");
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                tokio::io::copy(&mut read, &mut write).await.map(|_| ())
            });
        }
    });
    addr
}
