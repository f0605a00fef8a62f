//! One TLS session over one socket: Mbed TLS's calls as polls, nothing of it waiting inside the library.

#![expect(unsafe_code, reason = "calls a C library, which calls back for bytes")]

use core::ffi::{c_int, c_uchar, c_void};
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll};

use embedded_io_async::{Read, Write};
use kvs_signaling::event::CloseReason;
use mbedtls_rs_sys as sys;
use sys::{mbedtls_ssl_config, mbedtls_ssl_context};

use super::library::Owned;
use super::records::Records;
use super::tickets::{self, Key};
use crate::tcp::Tcp;

unsafe extern "C" {
    /// Frees what a handshake held, and leaves it blank. Not in the public headers; the same in all of Mbed TLS 3.
    fn mbedtls_ssl_handshake_free(ssl: *mut mbedtls_ssl_context);
}

/// The most that goes into one record outwards: what the pump hands over at once.
const OUT_MAX: usize = 1_024;

/// What ended a session: TCP's word if it has one, else the library's number.
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    /// TCP.
    Tcp(CloseReason),
    /// Mbed TLS.
    Tls(c_int),
    /// No memory for a record.
    Memory,
}

/// See the module. Fields in the order in which they must go: the context points into the configuration.
pub struct Session<'p> {
    ssl: Owned<mbedtls_ssl_context>,
    config: Owned<mbedtls_ssl_config>,
    records: Records,
    tcp: Tcp<'p>,
    /// Under which tickets of this session are kept; none when none may be.
    key: Option<Key>,
    ended: bool,
}

impl<'p> Session<'p> {
    /// Sets a context up with `config`; nothing is sent yet.
    pub fn new(mut config: Owned<mbedtls_ssl_config>, tcp: Tcp<'p>) -> Result<Self, Failure> {
        let mut ssl = Owned::<mbedtls_ssl_context>::new().ok_or(Failure::Memory)?;
        let (records, result) = Records::set_up(&mut ssl, |ssl| {
            // SAFETY: both live as long as the session, and do not move.
            unsafe { sys::mbedtls_ssl_setup(ssl, config.raw()) }
        });
        check(result)?;
        Ok(Self { ssl, config, records, tcp, key: None, ended: false })
    }

    /// The name that the other side must prove.
    pub fn expect(&mut self, name: &core::ffi::CStr) -> Result<(), Failure> {
        // SAFETY: the library copies it.
        check(unsafe { sys::mbedtls_ssl_set_hostname(self.ssl.raw(), name.as_ptr()) })
    }

    /// Keeps the tickets that come under `key`, and begins with the last one that was kept there.
    pub fn resume(&mut self, key: Key) {
        self.key = Some(key);
        tickets::take(&key, |ticket| {
            let Some(mut session) = Owned::<sys::mbedtls_ssl_session>::new() else { return };
            // SAFETY: `ticket` can be read; the library copies what it wants. One that it cannot read is as good as none.
            unsafe {
                if sys::mbedtls_ssl_session_load(session.raw(), ticket.as_ptr(), ticket.len()) == 0
                {
                    let _ = sys::mbedtls_ssl_set_session(self.ssl.raw(), session.raw());
                }
            }
        });
    }

    /// The socket.
    pub fn tcp(&mut self) -> &mut Tcp<'p> {
        &mut self.tcp
    }

    /// What verifying the other side's certificate gave; 0: nothing against it.
    pub fn verdict(&self) -> u32 {
        // SAFETY: reads a number of the context.
        unsafe { sys::mbedtls_ssl_get_verify_result(&*self.ssl) }
    }

    /// Shakes hands.
    pub fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        // SAFETY: the context is set up.
        self.call(cx, |ssl| unsafe { sys::mbedtls_ssl_handshake(ssl) }).map_ok(|_| ())
    }

    /// After a handshake that was found good: gives back what only handshakes need, and keeps a ticket of TLS 1.2.
    pub fn settle(&mut self) -> Result<(), Failure> {
        self.records.rest_input(&mut self.ssl);
        self.records.fit_output(&mut self.ssl, 0).map_err(|_| Failure::Memory)?;
        // SAFETY: the session is the context's own; the certificate has been judged, and renegotiation, the only other
        // use of it, is off. The chain of trust is not the configuration's: its owner frees it after this.
        unsafe {
            if let Some(session) = self.ssl.private_session.as_mut()
                && !session.private_peer_cert.is_null()
            {
                sys::mbedtls_x509_crt_free(session.private_peer_cert);
                sys::mbedtls_free(session.private_peer_cert.cast());
                session.private_peer_cert = core::ptr::null_mut();
            }
            // TLS 1.3 keeps all of the handshake, with its keys, though a ticket that comes later wants nothing of it.
            mbedtls_ssl_handshake_free(self.ssl.raw());
            sys::mbedtls_ssl_conf_ca_chain(
                self.config.raw(),
                core::ptr::null_mut(),
                core::ptr::null_mut(),
            );
        }
        if self.ssl.private_tls_version
            == sys::mbedtls_ssl_protocol_version_MBEDTLS_SSL_VERSION_TLS1_2
        {
            self.keep_ticket();
        }
        Ok(())
    }

    /// The next plain bytes; 0 at an orderly end.
    pub fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &mut [u8],
    ) -> Poll<Result<usize, Failure>> {
        if self.ended || bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        loop {
            // SAFETY: `bytes` can be written.
            let read = self.call(cx, |ssl| unsafe {
                sys::mbedtls_ssl_read(ssl, bytes.as_mut_ptr(), bytes.len())
            });
            match read {
                Poll::Ready(Err(Failure::Tls(
                    sys::MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET,
                ))) => {
                    self.keep_ticket();
                }
                Poll::Ready(Err(Failure::Tls(sys::MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY))) => {
                    self.ended = true;
                    return Poll::Ready(Ok(0));
                }
                Poll::Ready(result) => return Poll::Ready(result),
                Poll::Pending => {
                    self.records.rest_input(&mut self.ssl);
                    return Poll::Pending;
                }
            }
        }
    }

    /// Sends some of `bytes`. Asked again with the same ones until it is done.
    pub fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Failure>> {
        let bytes = bytes.get(..OUT_MAX).unwrap_or(bytes);
        if self.records.fit_output(&mut self.ssl, bytes.len()).is_err() {
            return Poll::Ready(Err(Failure::Memory));
        }
        // SAFETY: `bytes` can be read.
        let written = self
            .call(cx, |ssl| unsafe { sys::mbedtls_ssl_write(ssl, bytes.as_ptr(), bytes.len()) });
        if written.is_ready() {
            // Where there is no memory for the smaller one, the larger stays.
            let _ = self.records.fit_output(&mut self.ssl, 0);
        }
        written
    }

    /// Tells the other side that nothing more comes.
    pub fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        // SAFETY: the context is set up.
        self.call(cx, |ssl| unsafe { sys::mbedtls_ssl_close_notify(ssl) }).map_ok(|_| ())
    }

    fn keep_ticket(&mut self) {
        let Some(key) = &self.key else { return };
        // SAFETY: the session is the context's own; the library writes at most what there is room for.
        tickets::keep(key, |room| unsafe {
            let (session, mut len) = (self.ssl.private_session, 0);
            if session.is_null() || (*session).private_ticket_len == 0 {
                return None;
            }
            let saved =
                sys::mbedtls_ssl_session_save(session, room.as_mut_ptr(), room.len(), &raw mut len);
            (saved == 0).then_some(len)
        });
    }

    /// Calls into the library, again and again until it has done what it was asked or waits for the network.
    fn call(
        &mut self,
        cx: &mut Context<'_>,
        mut act: impl FnMut(*mut mbedtls_ssl_context) -> c_int,
    ) -> Poll<Result<usize, Failure>> {
        loop {
            let input_end = self.records.input_end(&self.ssl);
            let mut wire = Wire { tcp: &mut self.tcp, cx, input_end, lacks: None, waits: false };
            let at = (&raw mut wire).cast::<c_void>();
            // SAFETY: the library calls back only in between, and only from here.
            let result = unsafe {
                sys::mbedtls_ssl_set_bio(self.ssl.raw(), at, Some(send), Some(receive), None);
                let result = act(self.ssl.raw());
                sys::mbedtls_ssl_set_bio(self.ssl.raw(), core::ptr::null_mut(), None, None, None);
                result
            };
            let Wire { lacks, waits, .. } = wire;
            match (result, lacks) {
                (sys::MBEDTLS_ERR_SSL_WANT_READ, Some(end)) => {
                    if self.records.grow_input(&mut self.ssl, end).is_err() {
                        return Poll::Ready(Err(Failure::Memory));
                    }
                }
                (sys::MBEDTLS_ERR_SSL_WANT_READ | sys::MBEDTLS_ERR_SSL_WANT_WRITE, _) => {
                    if waits {
                        return Poll::Pending;
                    }
                }
                (error @ ..0, _) => return Poll::Ready(Err(self.why(error))),
                (count, _) => return Poll::Ready(Ok(usize::try_from(count).unwrap_or(0))),
            }
        }
    }

    /// What TCP saw explains more than what TLS made of it.
    fn why(&self, error: c_int) -> Failure {
        self.tcp.end().get().map_or(Failure::Tls(error), Failure::Tcp)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        self.records.free(&mut self.ssl);
    }
}

/// An error for anything but 0.
pub fn check(result: c_int) -> Result<(), Failure> {
    if result == 0 { Ok(()) } else { Err(Failure::Tls(result)) }
}

/// The network, during one call into the library.
struct Wire<'a, 'p, 'c> {
    tcp: &'a mut Tcp<'p>,
    cx: &'a mut Context<'c>,
    /// Where the input buffer ends, whatever the library believes.
    input_end: usize,
    /// Where it would have to end for what the library wants.
    lacks: Option<usize>,
    /// The network had nothing, or took nothing; it wakes whoever asked.
    waits: bool,
}

unsafe extern "C" fn receive(wire: *mut c_void, to: *mut c_uchar, len: usize) -> c_int {
    // SAFETY: `Session::call` gave it, and waits for us.
    let wire = unsafe { &mut *wire.cast::<Wire<'_, '_, '_>>() };
    let end = to as usize + len;
    if end > wire.input_end {
        wire.lacks = Some(end);
        return sys::MBEDTLS_ERR_SSL_WANT_READ;
    }
    // SAFETY: the library's buffer, as far as it goes.
    let bytes = unsafe { core::slice::from_raw_parts_mut(to, len) };
    let read = pin!(wire.tcp.read(bytes)).poll(wire.cx);
    done(read, &mut wire.waits, sys::MBEDTLS_ERR_SSL_WANT_READ)
}

unsafe extern "C" fn send(wire: *mut c_void, from: *const c_uchar, len: usize) -> c_int {
    // SAFETY: as above.
    let (wire, bytes) =
        unsafe { (&mut *wire.cast::<Wire<'_, '_, '_>>(), core::slice::from_raw_parts(from, len)) };
    let written = pin!(wire.tcp.write(bytes)).poll(wire.cx);
    done(written, &mut wire.waits, sys::MBEDTLS_ERR_SSL_WANT_WRITE)
}

fn done<E>(result: Poll<Result<usize, E>>, waits: &mut bool, want: c_int) -> c_int {
    match result {
        Poll::Ready(Ok(len)) => c_int::try_from(len).unwrap_or(c_int::MAX),
        // Which one stands in the socket's end.
        Poll::Ready(Err(_)) => sys::MBEDTLS_ERR_SSL_INTERNAL_ERROR,
        Poll::Pending => {
            *waits = true;
            want
        }
    }
}
