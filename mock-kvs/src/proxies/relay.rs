//! A listener whose connections are passed on to another service, under the same link as the
//! mock's own.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{Proxy, ProxyError, ProxyView, Relay};
use crate::http::{Conn, Scheme};
use crate::journal::{By, Text};
use crate::link::{LinkStream, Listener, relay};
use crate::platform::Sleeper;
use crate::shared::Shared;

impl Shared {
    /// Listens under a name, and passes every connection on.
    pub async fn add_proxy(
        self: &Arc<Self>,
        name: &str,
        listen: &str,
        upstream: &str,
    ) -> Result<ProxyView, ProxyError> {
        let failed = |error: std::io::Error| ProxyError::Listen(format!("{listen}: {error}"));
        let address = tokio::net::lookup_host(listen).await.map_err(failed)?.next();
        let address = address.ok_or_else(|| ProxyError::Listen(listen.to_owned()))?;
        let actor = Text::from(name);
        let (stop, stopped) = oneshot::channel();
        let (ends, ended) = oneshot::channel();
        let (view, listener) = self.with(|state, _| {
            if state.proxies.find(name).is_ok() {
                return Err(ProxyError::ProxyExists);
            }
            let links = self.links(state, name, Sleeper::precise);
            let listener = Listener::bind(address, links).map_err(failed)?;
            let proxy = Proxy {
                listen: listener.local_addr(),
                upstream: Some(upstream.to_owned()),
                down: None,
                toxics: Vec::new(),
                relay: Some(Relay { stop, ended }),
            };
            let view = proxy.view(name);
            state.proxies.0.insert(name.to_owned(), proxy);
            Ok((view, listener))
        })?;
        let (shared, upstream) = (Arc::clone(self), upstream.to_owned());
        self.spawn(async move {
            tokio::select! {
                biased;
                _ = stopped => {}
                () = accept_all(shared, actor, listener, upstream) => {}
            }
            drop(ends);
        });
        Ok(view)
    }
}

/// Its connections end with it.
async fn accept_all(shared: Arc<Shared>, actor: Text, mut listener: Listener, upstream: String) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((client, _)) => {
                    let (shared, actor) = (Arc::clone(&shared), actor.clone());
                    connections.spawn(pass_on(shared, actor, client, upstream.clone()));
                }
                Err(error) => {
                    tracing::warn!(%actor, %error, "cannot accept");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            },
        }
    }
}

async fn pass_on(
    shared: Arc<Shared>,
    actor: Text,
    client: LinkStream<tokio::net::TcpStream>,
    upstream: String,
) {
    // Rules meet the connection here, and the journal hears of its end.
    let conn = Conn::new(shared, actor, client.handle().clone(), Scheme::Plain);
    match relay(client, &*upstream).await {
        Ok(()) => conn.ended("fin", By::Client),
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
            conn.ended("refused", By::Service);
        }
        Err(error) => conn.failed(&error),
    }
}
