//! TLS 1.2 and 1.3 by Mbed TLS: chain, name and dates are verified before the first byte of ours is sent.

#![expect(unsafe_code, reason = "configures a C library")]

mod library;
mod link;
mod records;
mod session;
mod tickets;

use core::ffi::{CStr, c_char};
use core::future::poll_fn;

use kvs_device::{ClientCertificate, Target};
use kvs_signaling::event::{CertificateTime, CloseReason};
use mbedtls_rs_sys as sys;
use sys::{
    MBEDTLS_X509_BADCERT_EXPIRED, MBEDTLS_X509_BADCERT_FUTURE, mbedtls_pk_context,
    mbedtls_ssl_config, mbedtls_x509_crt,
};

use crate::board::say;
use crate::tcp::Tcp;
use library::{Owned, believe, random};
use session::{Failure, Session, check};

pub use library::start;
pub use link::Link;
pub use tickets::Tickets;

/// A DNS name and its zero.
const NAME_MAX: usize = 256;

/// ALPN: a list that ends in a null.
struct Protocols([*const c_char; 2]);

// SAFETY: pointers to constants.
unsafe impl Sync for Protocols {}

static HTTP_1_1: Protocols = Protocols([c"http/1.1".as_ptr(), core::ptr::null()]);

/// A handshake over `tcp`. The caller bounds its time; dropping it drops the connection whole.
///
/// # Errors
/// [`CloseReason::Tls`] for anything that is wrong with the other side's certificate.
pub(crate) async fn handshake<'p>(
    tcp: Tcp<'p>,
    target: &Target<'_>,
) -> Result<Link<'p>, CloseReason> {
    if target.ca.is_empty() {
        say!("tls {}: no CA was provisioned, so nothing can be trusted", target.host);
        return Err(CloseReason::Tls);
    }
    let refuse = |failure: Failure| {
        say!("tls {}: {failure:?}", target.host);
        link::reason(failure)
    };
    let mut room = [0; NAME_MAX];
    let name = name(target.host, &mut room).ok_or(CloseReason::Tls)?;
    let dates_count = match target.time {
        CertificateTime::At(time) => {
            believe(time.0);
            true
        }
        // The handshake then goes on whatever is found, and `judge` forgives nothing but dates.
        CertificateTime::Unknown => false,
    };
    // Held until the handshake is over: the configuration points there.
    let mut trust = Trust::of(target).map_err(refuse)?;
    let config = configure(&mut trust, dates_count).map_err(refuse)?;
    let mut session = Session::new(config, tcp).map_err(refuse)?;
    session.expect(name).map_err(refuse)?;
    // A ticket comes of a handshake in which everything was checked, and makes another of which that is said.
    if dates_count && let Some(key) = tickets::key(target) {
        session.resume(key);
    }
    if let Err(failure) = poll_fn(|cx| session.poll_handshake(cx)).await {
        say!("tls {}: {failure:?}, verification {:#x}", target.host, session.verdict());
        return Err(link::reason(failure));
    }
    judge(session.verdict(), dates_count, target.host)?;
    session.settle().map_err(refuse)?;
    Ok(Link::over(session))
}

/// Nothing of ours was sent yet.
fn judge(flags: u32, dates_count: bool, host: &str) -> Result<(), CloseReason> {
    let dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    let wrong = if dates_count { flags } else { flags & !dates };
    if wrong == 0 {
        return Ok(());
    }
    say!("tls {host}: verification {wrong:#x}");
    Err(CloseReason::Tls)
}

fn name<'r>(host: &str, room: &'r mut [u8; NAME_MAX]) -> Option<&'r CStr> {
    room.get_mut(..host.len())?.copy_from_slice(host.as_bytes());
    let with_zero = room.get(..=host.len())?;
    CStr::from_bytes_with_nul(with_zero).ok()
}

/// What only a handshake needs: whom we trust, and what we show.
struct Trust {
    ca: Owned<mbedtls_x509_crt>,
    own: Option<(Owned<mbedtls_x509_crt>, Owned<mbedtls_pk_context>)>,
}

impl Trust {
    fn of(target: &Target<'_>) -> Result<Self, Failure> {
        let own = match &target.certificate {
            Some(ClientCertificate { certificate, key }) => {
                Some((parsed(certificate)?, private_key(key)?))
            }
            None => None,
        };
        Ok(Self { ca: parsed(target.ca)?, own })
    }
}

fn parsed(der: &[u8]) -> Result<Owned<mbedtls_x509_crt>, Failure> {
    let mut certificate = Owned::<mbedtls_x509_crt>::new().ok_or(Failure::Memory)?;
    // SAFETY: `der` can be read, and is copied.
    check(unsafe { sys::mbedtls_x509_crt_parse_der(certificate.raw(), der.as_ptr(), der.len()) })?;
    Ok(certificate)
}

fn private_key(der: &[u8]) -> Result<Owned<mbedtls_pk_context>, Failure> {
    let mut key = Owned::<mbedtls_pk_context>::new().ok_or(Failure::Memory)?;
    let none = core::ptr::null_mut();
    // SAFETY: `der` can be read, and is copied; there is no password.
    check(unsafe {
        let (at, len) = (der.as_ptr(), der.len());
        sys::mbedtls_pk_parse_key(key.raw(), at, len, core::ptr::null(), 0, Some(random), none)
    })?;
    Ok(key)
}

fn configure(trust: &mut Trust, dates_count: bool) -> Result<Owned<mbedtls_ssl_config>, Failure> {
    let mut config = Owned::<mbedtls_ssl_config>::new().ok_or(Failure::Memory)?;
    let at = config.raw();
    let verify = if dates_count {
        sys::MBEDTLS_SSL_VERIFY_REQUIRED
    } else {
        sys::MBEDTLS_SSL_VERIFY_OPTIONAL
    };
    // SAFETY: the configuration is ours; what it points to outlives the handshake, and is taken out of it after that.
    unsafe {
        let (client, stream) = (sys::MBEDTLS_SSL_IS_CLIENT, sys::MBEDTLS_SSL_TRANSPORT_STREAM);
        let preset = sys::MBEDTLS_SSL_PRESET_DEFAULT as i32;
        check(sys::mbedtls_ssl_config_defaults(at, client as i32, stream as i32, preset))?;
        sys::mbedtls_ssl_conf_authmode(at, verify as i32);
        sys::mbedtls_ssl_conf_rng(at, Some(random), core::ptr::null_mut());
        sys::mbedtls_ssl_conf_ca_chain(at, trust.ca.raw(), core::ptr::null_mut());
        if let Some((certificate, key)) = &mut trust.own {
            check(sys::mbedtls_ssl_conf_own_cert(at, certificate.raw(), key.raw()))?;
        }
        check(sys::mbedtls_ssl_conf_alpn_protocols(at, HTTP_1_1.0.as_ptr().cast_mut()))?;
        let signal = sys::MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED as i32;
        sys::mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(at, signal);
    }
    Ok(config)
}
