//! The component's C functions, as safe ones. The only unsafe code of this port.
#![allow(unsafe_code, reason = "ESP-IDF is C")]

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use kvs_signaling::event::CloseReason;

/// Declarations of `kvs_idf.h`; held to it by `tests/the_shim_is_declared_once.rs`.
mod c {
    use super::{c_char, c_int};

    #[repr(C)]
    pub(super) struct Tls {
        _private: [u8; 0],
    }

    unsafe extern "C" {
        pub(super) fn kvs_idf_now_us() -> i64;
        pub(super) fn kvs_idf_fill(bytes: *mut u8, len: usize);
        pub(super) fn kvs_idf_log(text: *const c_char, len: usize);
        pub(super) fn kvs_idf_thread_begin(thread: c_int) -> usize;
        pub(super) fn kvs_idf_thread_end();
        pub(super) fn kvs_idf_wake_new() -> c_int;
        pub(super) fn kvs_idf_wake(wake: c_int);
        pub(super) fn kvs_idf_wake_free(wake: c_int);
        pub(super) fn kvs_idf_wait(
            wake: c_int,
            sockets: *const c_int,
            wants: *const u8,
            count: usize,
            timeout_ms: i32,
        );
        pub(super) fn kvs_idf_dial(address: *const c_char, port: u16) -> c_int;
        pub(super) fn kvs_idf_dialled(socket: c_int) -> c_int;
        pub(super) fn kvs_idf_close(socket: c_int);
        pub(super) fn kvs_idf_tls_new(
            socket: c_int,
            host: *const c_char,
            ca: *const u8,
            ca_len: usize,
            certificate: *const u8,
            certificate_len: usize,
            key: *const u8,
            key_len: usize,
        ) -> *mut Tls;
        pub(super) fn kvs_idf_tls_handshake(tls: *mut Tls) -> c_int;
        pub(super) fn kvs_idf_tls_valid_at(tls: *mut Tls, unix_s: i64) -> c_int;
        pub(super) fn kvs_idf_tls_read(tls: *mut Tls, bytes: *mut u8, len: usize) -> i32;
        pub(super) fn kvs_idf_tls_write(tls: *mut Tls, bytes: *const u8, len: usize) -> i32;
        pub(super) fn kvs_idf_tls_goodbye(tls: *mut Tls) -> c_int;
        pub(super) fn kvs_idf_tls_free(tls: *mut Tls);
        pub(super) fn kvs_idf_has_bundle() -> c_int;
        pub(super) fn kvs_idf_cache_path() -> *const c_char;
        pub(super) fn kvs_idf_nvs_read(
            space: *const c_char,
            key: *const c_char,
            bytes: *mut u8,
            len: usize,
        ) -> i32;
        pub(super) fn kvs_idf_nvs_write(
            space: *const c_char,
            key: *const c_char,
            bytes: *const u8,
            len: usize,
        ) -> c_int;
        pub(super) fn kvs_idf_post_state(custom_data: u64, state: u32);
        pub(super) fn kvs_idf_post_message(
            custom_data: u64,
            kind: u32,
            peer: *const c_char,
            peer_len: usize,
            payload: *const u8,
            payload_len: usize,
        );
        pub(super) fn kvs_idf_posts_messages() -> c_int;
    }
}

/// Microseconds since the start.
pub fn now_us() -> i64 {
    // SAFETY: takes and keeps nothing.
    unsafe { c::kvs_idf_now_us() }
}

/// Entropy fit for keys, on the conditions of `esp_fill_random`.
pub fn fill(bytes: &mut [u8]) {
    // SAFETY: writes into the slice and nowhere else.
    unsafe { c::kvs_idf_fill(bytes.as_mut_ptr(), bytes.len()) }
}

/// One line to ESP log, tag `kvs_webrtc`, level info.
pub fn log(line: &str) {
    // SAFETY: reads the slice, which needs no NUL, and keeps nothing.
    unsafe { c::kvs_idf_log(line.as_ptr().cast(), line.len()) }
}

/// A thread of this port: name, stack, priority by the component's Kconfig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thread {
    /// Runs the session.
    Pump,
    /// Calls the application.
    Caller,
    /// Asks the resolver, and ends.
    Resolver,
    /// Asks for credentials, and ends.
    Provider,
}

/// Starts a thread of that kind.
///
/// # Errors
/// When there is no memory for its stack.
pub fn spawn<T: Send + 'static>(
    thread: Thread,
    run: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    let number = match thread {
        Thread::Pump => 0,
        Thread::Caller => 1,
        Thread::Resolver => 2,
        Thread::Provider => 3,
    };
    // SAFETY: a number goes in and one comes out; what it sets is this thread's own.
    let stack = unsafe { c::kvs_idf_thread_begin(number) };
    let spawned = Builder::new().stack_size(stack).spawn(run);
    // SAFETY: as above.
    unsafe { c::kvs_idf_thread_end() };
    spawned
}

/// Why a function has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Not {
    /// Ask again when the socket can be read.
    Readable,
    /// Ask again when it can be written.
    Writable,
    /// Never.
    Ever(CloseReason),
}

fn result(number: i32) -> Result<usize, Not> {
    usize::try_from(number).map_err(|_| match number {
        -1 => Not::Readable,
        -2 => Not::Writable,
        -3 => Not::Ever(CloseReason::Reset),
        -4 => Not::Ever(CloseReason::Refused),
        -5 => Not::Ever(CloseReason::Timeout),
        -6 => Not::Ever(CloseReason::Unreachable),
        -7 => Not::Ever(CloseReason::Tls),
        -8 => Not::Ever(CloseReason::Fin),
        _ => Not::Ever(CloseReason::Other),
    })
}

/// What a thread that waits for sockets is woken with; usable from any thread.
#[derive(Debug)]
pub(crate) struct Wake(c_int);

impl Wake {
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: takes and keeps nothing.
        let wake = unsafe { c::kvs_idf_wake_new() };
        (wake >= 0).then_some(Self(wake))
    }

    pub(crate) fn wake(&self) {
        // SAFETY: the descriptor is open as long as this value lives.
        unsafe { c::kvs_idf_wake(self.0) }
    }

    /// Waits for this, for a socket or for the time, whichever is first. `None`: no limit.
    pub(crate) fn wait(&self, sockets: &[c_int], wants: &[u8], timeout_ms: Option<u32>) {
        let count = sockets.len().min(wants.len());
        let timeout = timeout_ms.map_or(-1, |ms| i32::try_from(ms).unwrap_or(i32::MAX));
        // SAFETY: both slices have `count` entries and are read only; a closed descriptor among them
        // is reported as an error of it.
        unsafe { c::kvs_idf_wait(self.0, sockets.as_ptr(), wants.as_ptr(), count, timeout) }
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        // SAFETY: ours, and closed once.
        unsafe { c::kvs_idf_wake_free(self.0) }
    }
}

/// A TCP connection that may not be one yet.
#[derive(Debug)]
pub(crate) struct Socket(c_int);

impl Socket {
    /// Begins to connect to a numeric address.
    pub(crate) fn dial(address: &CStr, port: u16) -> Result<Self, CloseReason> {
        // SAFETY: the text ends with NUL and is not kept.
        let socket = unsafe { c::kvs_idf_dial(address.as_ptr(), port) };
        match result(socket) {
            Ok(_) => Ok(Self(socket)),
            Err(Not::Ever(why)) => Err(why),
            Err(Not::Readable | Not::Writable) => Err(CloseReason::Other),
        }
    }

    pub(crate) fn number(&self) -> c_int {
        self.0
    }

    /// Whether it is connected.
    pub(crate) fn dialled(&self) -> Result<(), Not> {
        // SAFETY: the socket is open as long as this value lives.
        result(unsafe { c::kvs_idf_dialled(self.0) }).map(|_| ())
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // SAFETY: ours, and closed once.
        unsafe { c::kvs_idf_close(self.0) }
    }
}

/// A certificate and its private key, DER.
pub(crate) type OwnCertificate = (Vec<u8>, Vec<u8>);

/// TLS over a socket.
#[derive(Debug)]
pub(crate) struct Tls {
    tls: *mut c::Tls,
    socket: c_int,
    /// The C side reads these during the handshake.
    _lent: (Option<Arc<CStr>>, Option<OwnCertificate>),
}

impl Tls {
    /// `ca` is PEM; `None` means the certificate bundle.
    pub(crate) fn new(
        socket: Socket,
        host: &str,
        ca: Option<Arc<CStr>>,
        own: Option<OwnCertificate>,
    ) -> Result<Self, CloseReason> {
        let host = CString::new(host).map_err(|_| CloseReason::Dns)?;
        let part = |bytes: Option<&[u8]>| {
            bytes.map_or((ptr::null(), 0), |bytes| (bytes.as_ptr(), bytes.len()))
        };
        let (pem, pem_len) = part(ca.as_deref().map(CStr::to_bytes_with_nul));
        let (certificate, certificate_len) = part(own.as_ref().map(|own| own.0.as_slice()));
        let (key, key_len) = part(own.as_ref().map(|own| own.1.as_slice()));
        let number = socket.number();
        // The function takes it over, whatever comes of it.
        std::mem::forget(socket);
        // SAFETY: the host is copied; the buffers stay where they are as long as this value lives.
        let tls = unsafe {
            c::kvs_idf_tls_new(
                number,
                host.as_ptr(),
                pem,
                pem_len,
                certificate,
                certificate_len,
                key,
                key_len,
            )
        };
        if tls.is_null() {
            return Err(CloseReason::Other);
        }
        Ok(Self { tls, socket: number, _lent: (ca, own) })
    }

    pub(crate) fn number(&self) -> c_int {
        self.socket
    }

    pub(crate) fn handshake(&self) -> Result<(), Not> {
        // SAFETY: valid until dropped, and used by this thread alone (the pointer is not Send).
        result(unsafe { c::kvs_idf_tls_handshake(self.tls) }).map(|_| ())
    }

    /// Whether every certificate that the peer sent is valid then.
    pub(crate) fn valid_at(&self, unix_s: i64) -> Result<(), Not> {
        // SAFETY: as in `handshake`, which is over.
        result(unsafe { c::kvs_idf_tls_valid_at(self.tls, unix_s) }).map(|_| ())
    }

    pub(crate) fn read(&self, bytes: &mut [u8]) -> Result<usize, Not> {
        // SAFETY: as in `handshake`; writes at most the slice.
        result(unsafe { c::kvs_idf_tls_read(self.tls, bytes.as_mut_ptr(), bytes.len()) })
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> Result<usize, Not> {
        // SAFETY: as in `handshake`; reads at most the slice.
        result(unsafe { c::kvs_idf_tls_write(self.tls, bytes.as_ptr(), bytes.len()) })
    }

    /// close_notify and FIN.
    pub(crate) fn goodbye(&self) -> Result<(), Not> {
        // SAFETY: as in `handshake`.
        result(unsafe { c::kvs_idf_tls_goodbye(self.tls) }).map(|_| ())
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        // SAFETY: made by `kvs_idf_tls_new`, and freed once.
        unsafe { c::kvs_idf_tls_free(self.tls) }
    }
}

/// Whether ESP-IDF's certificate bundle is in the image.
pub(crate) fn has_bundle() -> bool {
    // SAFETY: takes and keeps nothing.
    unsafe { c::kvs_idf_has_bundle() != 0 }
}

/// Where the cache is when the application names no place: a path, or `nvs:<namespace>/<key>`.
pub fn cache_path() -> String {
    // SAFETY: a text of the image, which ends with NUL.
    let path = unsafe { CStr::from_ptr(c::kvs_idf_cache_path()) };
    path.to_string_lossy().into_owned()
}

/// A blob of NVS.
pub(crate) fn nvs_read(space: &CStr, key: &CStr) -> Option<Vec<u8>> {
    let read = |bytes: &mut [u8]| {
        // SAFETY: both names end with NUL; writes at most the slice.
        result(unsafe {
            c::kvs_idf_nvs_read(space.as_ptr(), key.as_ptr(), bytes.as_mut_ptr(), bytes.len())
        })
    };
    let len = read(&mut []).ok()?;
    let mut bytes = vec![0; len];
    let len = if len == 0 { 0 } else { read(&mut bytes).ok()? };
    bytes.truncate(len);
    Some(bytes)
}

/// Whether the blob is kept.
pub(crate) fn nvs_write(space: &CStr, key: &CStr, bytes: &[u8]) -> bool {
    // SAFETY: both names end with NUL; reads at most the slice.
    let result =
        unsafe { c::kvs_idf_nvs_write(space.as_ptr(), key.as_ptr(), bytes.as_ptr(), bytes.len()) };
    result == 0
}

/// Posts a state event.
pub fn post_state(custom_data: u64, state: u32) {
    // SAFETY: numbers.
    unsafe { c::kvs_idf_post_state(custom_data, state) }
}

/// Posts a message event; what does not fit the event is left out and logged.
pub fn post_message(custom_data: u64, kind: u32, peer: &str, payload: &[u8]) {
    let (text, len) = (peer.as_ptr().cast(), peer.len());
    // SAFETY: reads both slices, which need no NUL, and keeps nothing.
    unsafe {
        c::kvs_idf_post_message(custom_data, kind, text, len, payload.as_ptr(), payload.len());
    }
}

/// Whether messages are posted when the application gave no function for them.
pub fn posts_messages() -> bool {
    // SAFETY: takes and keeps nothing.
    unsafe { c::kvs_idf_posts_messages() != 0 }
}
