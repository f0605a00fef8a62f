//! Refusal: a closed port over TCP, an error in memory; live connections go on, and healing opens
//! it again.

use std::io;
use std::net::SocketAddr;

use mock_kvs::link::{Condition, Happened, Toward};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{RULE, Rig};

#[tokio::test]
async fn a_client_sees_econnrefused_and_is_served_again_when_healed() {
    let rig = Rig::real();
    let addr = echo(&rig);
    let mut live = TcpStream::connect(addr).await.expect("listening");
    ask(&mut live).await.expect("served");
    for _ in 0..3 {
        rig.links.set(RULE, Toward::Both, Condition::Refuse);
        until_refused(addr).await;
        ask(&mut live).await.expect("a live connection goes on");
        rig.links.heal(RULE);
        until_served(addr).await;
    }
    let refusals = rig.happened().iter().filter(|what| **what == Happened::Refusing).count();
    assert_eq!(refusals, 3);
}

#[tokio::test(start_paused = true)]
async fn in_memory_connecting_is_refused() {
    let rig = Rig::paused();
    rig.links.set(RULE, Toward::Both, Condition::Refuse);
    let error = rig.links.connect_memory().expect_err("refused");
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(rig.happened(), [Happened::Refusing, Happened::Refused]);
    rig.links.heal(RULE);
    assert!(rig.links.connect_memory().is_ok());
}

/// The port closes a moment after the rule is set; a connection made before is reset, never served.
async fn until_refused(addr: SocketAddr) {
    loop {
        let asked = match TcpStream::connect(addr).await {
            Ok(mut client) => ask(&mut client).await,
            Err(error) => Err(error),
        };
        if asked.expect_err("not served").kind() == io::ErrorKind::ConnectionRefused {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn until_served(addr: SocketAddr) {
    loop {
        match TcpStream::connect(addr).await {
            Ok(mut client) => return ask(&mut client).await.expect("served"),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused),
        }
        tokio::task::yield_now().await;
    }
}

async fn ask(client: &mut TcpStream) -> io::Result<()> {
    client.write_all(b"?").await?;
    client.read_u8().await.map(|_| ())
}

fn echo(rig: &Rig) -> SocketAddr {
    let mut listener = rig.listen();
    let addr = listener.local_addr();
    tokio::spawn(async move {
        loop {
            let (mut service, _) = listener.accept().await.expect("accept");
            tokio::spawn(async move {
                while let Ok(byte) = service.read_u8().await {
                    service.write_all(&[byte]).await.expect("written");
                }
            });
        }
    });
    addr
}
