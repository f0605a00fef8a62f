//! One call outside a client's pump: for a provider, on whatever thread it is asked.

use std::io;
use std::sync::Arc;

use kvs_device::{ClientCertificate, Target};
use kvs_port_host::tls::BundleConnector;
use kvs_port_host::{Connector as _, TcpConnector};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::ask::Ask;

/// A certificate and its key, shown to who asks for one.
pub(crate) struct Shown {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// Reads a device's certificate and its private key, PEM; `None` when they are not there.
pub(crate) fn shown(certificate: &[u8], key: &[u8]) -> Option<Shown> {
    let certificate = CertificateDer::from_pem_slice(certificate).ok()?;
    let key = PrivateKeyDer::from_pem_slice(key).ok()?;
    Some(Shown { certificate: certificate.to_vec(), key: key.secret_der().to_vec() })
}

/// Sends the request, and passes on what comes until `heard` says that it is enough (false) or the
/// connection ends. Gives back what was heard. Blocks the thread that calls it, which may be any.
pub(crate) fn ask<H: Send + 'static>(
    ask: Ask,
    mut heard: H,
    take: fn(&mut H, &[u8]) -> bool,
) -> io::Result<H> {
    // Not on the caller's thread: it may run a reactor already, and of a thread of C's std keeps a
    // record that the main thread never frees.
    let asking = std::thread::Builder::new().name("kvs-provider".into()).spawn(move || {
        block_on(&ask, &mut |bytes| take(&mut heard, bytes))?;
        Ok(heard)
    })?;
    asking.join().unwrap_or(Err(io::ErrorKind::Other.into()))
}

fn block_on(ask: &Ask, heard: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asked = runtime.block_on(async {
        let exchange = timeout(ask.whole, exchange(ask, heard));
        exchange.await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
    });
    // A name that is still being resolved is not waited for.
    runtime.shutdown_background();
    asked
}

async fn exchange(ask: &Ask, heard: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
    let connector = BundleConnector { inner: TcpConnector, roots: Arc::clone(&ask.trusted) };
    let Shown { certificate, key } = &ask.shown;
    let target = Target {
        host: &ask.host,
        port: ask.port,
        address: None,
        time: ask.time,
        ca: &[],
        certificate: Some(ClientCertificate { certificate, key }),
    };
    let connecting = timeout(ask.connect, connector.connect(&target));
    let mut stream = connecting.await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))?;
    stream.write_all(&ask.request).await?;
    stream.flush().await?;
    let mut room = [0; 4_096];
    loop {
        let read = match stream.read(&mut room).await {
            // HTTP frames its own end: without a close_notify this is one as well.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            read => read?,
        };
        let bytes = room.get(..read).unwrap_or_default();
        if bytes.is_empty() || !heard(bytes) {
            return Ok(());
        }
    }
}
