//! The platform of ESP-IDF: FreeRTOS tasks, esp_tls, the event loop, NVS.

#[cfg(feature = "credential-providers")]
mod ask;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use kvs_device::Identity;
use kvs_port_idf::{IdfPort, Owner, Reactor, Thread, spawn};
use kvs_signaling::UnixTime;

use crate::abi::structs::Message;
use crate::client::Client;

#[cfg(feature = "credential-providers")]
pub(crate) use ask::{Shown, ask, shown};
pub(crate) use kvs_port_idf::{
    cache_path, fill, log, post_state, posts_messages, read_cache, replace_cache, unix_ms,
};

/// The CAs in a PEM file, or ESP-IDF's certificate bundle.
pub(crate) type Trusted = kvs_port_idf::Roots;

/// Reads the CAs of a PEM bundle; `None` when there is none in it.
pub(crate) fn trusted(pem: &[u8]) -> Option<Trusted> {
    Trusted::of_pem(pem)
}

/// The certificate bundle, when the image has it.
pub(crate) fn built_in() -> Option<Trusted> {
    Trusted::bundle()
}

/// A point on the clock that deadlines are on.
#[expect(clippy::disallowed_methods, reason = "std's clock is esp_timer's on ESP-IDF")]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// Posts a message to the event loop.
pub(crate) fn post_message(custom_data: u64, message: &Message) {
    let peer = crate::text::field(&message.peer_client_id).unwrap_or_default();
    let len = usize::try_from(message.payload_len).unwrap_or(0);
    // SAFETY: an array of bytes, of which `c_char` is another name.
    let payload: &[u8] = unsafe {
        core::slice::from_raw_parts(message.payload.as_ptr().cast(), message.payload.len())
    };
    let payload = payload.get(..len).unwrap_or_default();
    kvs_port_idf::post_message(custom_data, message.message_type, &peer, payload);
}

/// Starts the thread that runs the pump.
pub(crate) fn pump_thread(client: Arc<Client>) -> std::io::Result<std::thread::JoinHandle<()>> {
    spawn(Thread::Pump, move || {
        let Some(reactor) = Reactor::new() else { return client.pump_cannot_start() };
        let identity = Identity {
            image: "unknown",
            board: "esp-idf",
            reset: "software",
            mac: "none",
            build_date: UnixTime(crate::client::BUILD_UNIX_MS),
        };
        let port = IdfPort::new(&reactor, &*client, client.trusted(), identity);
        reactor.block_on(serving(&client, &port));
    })
}

/// On the heap: the stack is for TLS. A function of its own, so that what it needs of the stack to move
/// 9 KB there is free again afterwards.
#[inline(never)]
fn serving<'c>(
    client: &'c Client,
    port: &'c IdfPort<'_, &'c Client>,
) -> Pin<Box<dyn Future<Output = ()> + 'c>> {
    Box::pin(crate::client::serve(client, port))
}

/// Starts the thread that calls the application.
pub(crate) fn caller_thread(client: Arc<Client>) -> std::io::Result<std::thread::JoinHandle<()>> {
    spawn(Thread::Caller, move || client.call_application())
}

impl Owner for &Client {
    fn unix_ms(&self) -> u64 {
        Client::unix_ms(self)
    }

    fn store(&self, cache: &[u8]) {
        Client::store(self, cache);
    }

    fn load(&self, room: &mut [u8]) -> usize {
        Client::load(self, room)
    }

    fn log(&self, line: &str) {
        Client::log(self, line);
    }
}
