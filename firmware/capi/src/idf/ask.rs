//! One call outside a client's pump: for a provider, on whatever thread it is asked.

use std::io;
use std::time::Duration;

use embedded_io_async::{Read as _, Write as _};
use kvs_device::{ClientCertificate, Connection as _, Target};
use kvs_port_idf::{Link, Reactor, Thread, spawn};
use kvs_signaling::event::CloseReason;

use crate::ask::Ask;

/// Bytes read at once.
const ROOM: usize = 2_048;

/// A certificate and its key, shown to who asks for one.
pub(crate) struct Shown {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// A device's certificate and its private key, PEM; `None` when they are not there. Mbed TLS reads them
/// at each connection.
pub(crate) fn shown(certificate: &[u8], key: &[u8]) -> Option<Shown> {
    let pem = |text: &[u8], what: &[u8]| {
        let there = text.windows(what.len()).any(|window| window == what);
        // Its end, for Mbed TLS.
        there.then(|| [text, b"\0"].concat())
    };
    Some(Shown {
        certificate: pem(certificate, b"-----BEGIN CERTIFICATE-----")?,
        key: pem(key, b"PRIVATE KEY-----")?,
    })
}

/// Sends the request, and passes on what comes until `heard` says that it is enough (false) or the
/// connection ends. Gives back what was heard. Blocks the thread that calls it, which may be any; TLS
/// runs on a thread that has the stack for it.
pub(crate) fn ask<H: Send + 'static>(
    ask: Ask,
    mut heard: H,
    take: fn(&mut H, &[u8]) -> bool,
) -> io::Result<H> {
    let asking = spawn(Thread::Provider, move || {
        let reactor = Reactor::new().ok_or(io::ErrorKind::OutOfMemory)?;
        let mut pass_on = |bytes: &[u8]| take(&mut heard, bytes);
        let exchange = exchange(&reactor, &ask, &mut pass_on);
        let exchange = reactor.within(millis(ask.whole), exchange);
        let asked = reactor.block_on(Box::pin(exchange));
        asked.ok_or(io::ErrorKind::TimedOut)?.map_err(|why| io::Error::other(why.as_str()))?;
        Ok(heard)
    })?;
    asking.join().unwrap_or(Err(io::ErrorKind::Other.into()))
}

fn millis(limit: Duration) -> u64 {
    u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)
}

async fn exchange(
    reactor: &Reactor,
    ask: &Ask,
    heard: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), CloseReason> {
    let Shown { certificate, key } = &ask.shown;
    let target = Target {
        host: &ask.host,
        port: ask.port,
        address: None,
        time: ask.time,
        ca: &[],
        certificate: Some(ClientCertificate { certificate, key }),
    };
    let connecting = Link::connect(reactor, &target, &ask.trusted);
    let connected = reactor.within(millis(ask.connect), connecting).await;
    let mut link = connected.unwrap_or(Err(CloseReason::Timeout))?;
    let (mut reader, mut writer) = link.split().await?;
    writer.write_all(&ask.request).await?;
    let mut room = vec![0; ROOM];
    loop {
        let read = reader.read(&mut room).await?;
        let bytes = room.get(..read).unwrap_or_default();
        if bytes.is_empty() || !heard(bytes) {
            return Ok(());
        }
    }
}
