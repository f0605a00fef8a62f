//! Names, without making the session wait: the resolver blocks, so it gets a thread for the while.

use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};

use kvs_signaling::event::CloseReason;

use crate::shim::{Thread, spawn};

#[derive(Default)]
struct Answer {
    addresses: Option<Vec<SocketAddr>>,
    waiting: Option<Waker>,
}

/// Every address of a name. Dropped: the thread ends by itself, and its answer is nobody's.
pub(crate) async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, CloseReason> {
    // A number needs no resolver.
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let answer: Arc<Mutex<Answer>> = Arc::default();
    let (theirs, name) = (Arc::clone(&answer), host.to_owned());
    let asked = spawn(Thread::Resolver, move || {
        let found = (name.as_str(), port).to_socket_addrs();
        let mut answer = theirs.lock().unwrap_or_else(PoisonError::into_inner);
        answer.addresses = Some(found.map(Iterator::collect).unwrap_or_default());
        if let Some(waker) = answer.waiting.take() {
            waker.wake();
        }
    });
    // Not joined: it may take long, and nothing depends on its end.
    drop(asked.map_err(|_| CloseReason::Other)?);
    let addresses = poll_fn(|cx| {
        let mut answer = answer.lock().unwrap_or_else(PoisonError::into_inner);
        match answer.addresses.take() {
            Some(addresses) => Poll::Ready(addresses),
            None => {
                answer.waiting = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    })
    .await;
    if addresses.is_empty() { Err(CloseReason::Dns) } else { Ok(addresses) }
}
