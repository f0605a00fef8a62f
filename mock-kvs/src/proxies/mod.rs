//! Listeners as Toxiproxy sees them: a proxy each, with toxics on its link. The mock's own
//! listeners are proxies before the mock; others pass connections on to any TCP service.

mod relay;
mod toxic;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Serialize;
use tokio::sync::oneshot;

use crate::journal::Text;
use crate::link::{Condition, Links, Tag, Toward};
use crate::shared::{Shared, State};

pub(crate) use toxic::{Toxic, ToxicSpec};

/// Every proxy, by name, which is the name of its listener.
pub(crate) type Name = String;

/// The proxies of a mock.
#[derive(Debug, Default)]
pub(crate) struct Proxies(BTreeMap<Name, Proxy>);

/// One proxy.
#[derive(Debug)]
pub(crate) struct Proxy {
    listen: SocketAddr,
    /// None for a listener of the mock itself.
    upstream: Option<String>,
    /// The rule under which it is down.
    down: Option<Tag>,
    toxics: Vec<Toxic>,
    relay: Option<Relay>,
}

/// The task that passes connections on.
#[derive(Debug)]
struct Relay {
    /// Dropped to end it.
    stop: oneshot::Sender<()>,
    /// Over when it has ended, and its port is free.
    ended: oneshot::Receiver<()>,
}

/// A proxy as Toxiproxy's clients see it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ProxyView {
    pub name: Name,
    pub listen: String,
    pub upstream: String,
    pub enabled: bool,
    pub toxics: Vec<ToxicSpec>,
}

/// What a listener of the mock has for an upstream.
pub(crate) const ITSELF: &str = "mock-kvs";

/// Why something could not be done, in the words of Toxiproxy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProxyError {
    #[error("proxy not found")]
    NoProxy,
    #[error("proxy already exists")]
    ProxyExists,
    #[error("toxic not found")]
    NoToxic,
    #[error("toxic already exists")]
    ToxicExists,
    #[error("this proxy is a listener of the mock: it cannot be removed, nor moved")]
    OwnListener,
    #[error("bad request body: {0}")]
    Bad(String),
    #[error("cannot listen: {0}")]
    Listen(String),
}

impl Proxies {
    /// A listener of the mock came into being.
    pub fn add_listener(&mut self, actor: &Text, listen: SocketAddr) {
        let proxy = Proxy { listen, upstream: None, down: None, toxics: Vec::new(), relay: None };
        self.0.entry(actor.to_string()).or_insert(proxy);
    }

    fn find(&mut self, name: &str) -> Result<&mut Proxy, ProxyError> {
        self.0.get_mut(name).ok_or(ProxyError::NoProxy)
    }
}

impl Proxy {
    fn view(&self, name: &str) -> ProxyView {
        ProxyView {
            name: name.to_owned(),
            listen: self.listen.to_string(),
            upstream: self.upstream.clone().unwrap_or_else(|| ITSELF.to_owned()),
            enabled: self.down.is_none(),
            toxics: self.toxics.iter().map(|toxic| toxic.spec.clone()).collect(),
        }
    }
}

impl Shared {
    /// Every proxy, in the order of the names.
    pub fn proxies(&self) -> Vec<ProxyView> {
        self.with(|state, _| state.proxies.0.iter().map(|(name, one)| one.view(name)).collect())
    }

    pub fn proxy(&self, name: &str) -> Result<ProxyView, ProxyError> {
        self.with(|state, _| state.proxies.find(name).map(|proxy| proxy.view(name)))
    }

    /// Takes a proxy down (it refuses, and its connections are closed), or up again.
    pub fn enable_proxy(&self, name: &str, enabled: bool) -> Result<ProxyView, ProxyError> {
        self.with(|state, _| {
            let links = links(state, name)?;
            let tag = state.rules.number();
            let proxy = state.proxies.find(name)?;
            match (enabled, proxy.down) {
                (true, Some(down)) => {
                    links.heal(down);
                    proxy.down = None;
                }
                (false, None) => {
                    links.set(tag, Toward::Both, Condition::Refuse);
                    links.live().iter().for_each(|link| link.close(tag));
                    proxy.down = Some(tag);
                }
                (true, None) | (false, Some(_)) => {}
            }
            Ok(proxy.view(name))
        })
    }

    /// Ends a proxy and its connections; its port is free then.
    pub async fn remove_proxy(&self, name: &str) -> Result<(), ProxyError> {
        let relay = self.with(|state, now| {
            let links = links(state, name)?;
            if state.proxies.find(name)?.relay.is_none() {
                return Err(ProxyError::OwnListener);
            }
            let proxy = state.proxies.0.remove(name).ok_or(ProxyError::NoProxy)?;
            for toxic in &proxy.toxics {
                self.heal_toxic(now, name, &links, toxic);
            }
            proxy.down.into_iter().for_each(|down| links.heal(down));
            Ok(proxy.relay)
        })?;
        if let Some(Relay { stop, ended }) = relay {
            drop(stop);
            // Nothing is ever sent: it errs when the other end is dropped.
            let _ = ended.await;
        }
        Ok(())
    }

    /// Every proxy is up, and no toxic stands.
    pub fn reset_proxies(&self) {
        for proxy in self.proxies() {
            // Each exists, unless somebody removed it just now.
            let _ = self.enable_proxy(&proxy.name, true);
            for toxic in proxy.toxics {
                let _ = self.remove_toxic(&proxy.name, toxic.name());
            }
        }
    }
}

fn links(state: &State, name: &str) -> Result<Links, ProxyError> {
    state.listeners.get(name).cloned().ok_or(ProxyError::NoProxy)
}
