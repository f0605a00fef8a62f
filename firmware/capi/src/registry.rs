//! Handles: numbers that are never used twice, so that a stale one is refused and not followed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::abi::Handle;
use crate::client::Client;

struct Registry {
    last: Handle,
    clients: BTreeMap<Handle, Arc<Client>>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { last: 0, clients: BTreeMap::new() });

/// Gives `client` its handle.
pub(crate) fn insert(client: Arc<Client>) -> Handle {
    let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    registry.last += 1;
    let handle = registry.last;
    registry.clients.insert(handle, client);
    handle
}

/// The client of a handle that was not freed.
pub(crate) fn find(handle: Handle) -> Option<Arc<Client>> {
    let registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    registry.clients.get(&handle).cloned()
}

/// Takes a handle out of use.
pub(crate) fn remove(handle: Handle) -> Option<Arc<Client>> {
    let mut registry = REGISTRY.lock().unwrap_or_else(PoisonError::into_inner);
    registry.clients.remove(&handle)
}
