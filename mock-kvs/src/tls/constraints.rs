//! Name constraints (RFC 5280 §4.2.1.10): for which names an authority can sign at all.
//!
//! A device that trusts an authority kept on somebody's disk must not lose more than this service if
//! the key gets out. The extension is not marked critical, against the RFC: Mbed TLS, and with it every
//! ESP32, refuses a certificate with a critical extension that it does not know, and it does not know
//! this one. OpenSSL, webpki, Go and browsers mind it all the same.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use rcgen::CustomExtension;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, RootCertStore};

use super::TlsError;
use crate::partition::Partition;

/// `id-ce-nameConstraints`.
const NAME_CONSTRAINTS: [u64; 4] = [2, 5, 29, 30];
/// DER: a sequence; `permittedSubtrees`; a name's kinds.
const SEQUENCE: u8 = 0x30;
const PERMITTED: u8 = 0xa0;
const DNS_NAME: u8 = 0x82;
const ADDRESS: u8 = 0x87;
/// This machine and networks that nobody else's service is in (RFC 1122, 1918, 3927, 6598).
const NETWORKS_V4: [(Ipv4Addr, u32); 7] = [
    (Ipv4Addr::UNSPECIFIED, 32),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
];
/// The same (RFC 4291, 4193).
const NETWORKS_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::UNSPECIFIED, 128),
    (Ipv6Addr::LOCALHOST, 128),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
];
/// A moment at which every certificate of ours is valid: 2026-01-01.
const ANY_MOMENT_S: u64 = 1_767_225_600;

/// Permits the service's names of the region, this machine, private networks, and `more`.
pub(super) fn extension(region: &str, more: &[String]) -> Result<CustomExtension, TlsError> {
    let partition = Partition::of(region);
    let mut names = partition.control_planes(region);
    names.extend([partition.credentials_provider(region), "localhost".to_owned()]);
    let mut subtrees = Vec::new();
    let mut permit = |kind: u8, base: &[u8]| {
        subtrees.extend(element(SEQUENCE, &element(kind, base)));
    };
    for (network, bits) in NETWORKS_V4 {
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
        permit(ADDRESS, &[network.octets(), mask.to_be_bytes()].concat());
    }
    for (network, bits) in NETWORKS_V6 {
        let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
        permit(ADDRESS, &[network.octets(), mask.to_be_bytes()].concat());
    }
    for name in more {
        match name.parse() {
            Ok(IpAddr::V4(one)) => permit(ADDRESS, &[one.octets(), [0xff; 4]].concat()),
            Ok(IpAddr::V6(one)) => permit(ADDRESS, &[one.octets(), [0xff; 16]].concat()),
            Err(_) => names.push(name.trim_start_matches("*.").to_owned()),
        }
    }
    for name in &names {
        if !name.is_ascii() {
            return Err(TlsError::Certificate(rcgen::Error::InvalidAsn1String(
                rcgen::InvalidAsn1String::Ia5String(name.clone()),
            )));
        }
        permit(DNS_NAME, name.as_bytes());
    }
    let content = element(SEQUENCE, &element(PERMITTED, &subtrees));
    Ok(CustomExtension::from_oid_content(&NAME_CONSTRAINTS, content))
}

/// Whether a client with webpki takes `chain` for every one of `names`.
pub(super) fn accepts(
    authority: &[u8],
    chain: &[CertificateDer<'static>],
    names: &[String],
) -> Result<bool, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.to_vec()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let verifier = verifier.map_err(|error| Error::General(error.to_string()))?;
    let [leaf, between @ ..] = chain else { return Ok(false) };
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(ANY_MOMENT_S));
    for name in names {
        // Of a wildcard's names any one.
        let asked = name.replacen('*', "any", 1);
        let Ok(asked) = ServerName::try_from(asked) else { return Ok(false) };
        match verifier.verify_server_cert(leaf, between, &asked, &[], now) {
            Ok(_) => {}
            Err(Error::InvalidCertificate(
                CertificateError::Other(_) | CertificateError::NotValidForNameContext { .. },
            )) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// DER: a tag, a length, what it holds.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ 0..=127) => element.push(short),
        Ok(_) | Err(_) => {
            let length = content.len().to_be_bytes();
            let bytes: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            // Eight bytes at the most.
            element.push(0x80 | bytes.len() as u8);
            element.extend(bytes);
        }
    }
    element.extend(content);
    element
}

#[cfg(test)]
mod tests {
    use super::super::{Authority, leaf_names};
    use super::element;

    const REGION: &str = "us-west-2";

    fn names(of: &[&str]) -> Vec<String> {
        of.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn it_signs_for_the_service_of_its_region_and_for_nothing_else() {
        let more = names(&["mock.lab", "203.0.113.7"]);
        let authority = Authority::constrained(REGION, &more).expect("an authority");
        for bind in ["127.0.0.1", "192.168.1.10", "0.0.0.0", "::1"] {
            let wanted = leaf_names(REGION, bind.parse().expect("an address"), &more);
            assert!(authority.permits(&wanted).expect("a certificate"), "{bind}");
        }
        for other in [
            "s3.us-west-2.amazonaws.com",
            "kinesisvideo.eu-west-1.amazonaws.com",
            "amazonaws.com",
            "example.org",
            "mykinesisvideo.us-west-2.amazonaws.com",
            "8.8.8.8",
            "203.0.113.8",
        ] {
            assert!(!authority.permits(&names(&[other])).expect("a certificate"), "{other}");
        }
    }

    #[test]
    fn one_without_constraints_signs_for_everybody() {
        let authority = Authority::new().expect("an authority");
        assert!(authority.permits(&names(&["example.org", "8.8.8.8"])).expect("a certificate"));
    }

    #[test]
    fn it_is_the_same_after_it_was_read_back() {
        let authority = Authority::constrained(REGION, &[]).expect("an authority");
        let again = Authority::from_pem(authority.pem(), &authority.key_pem()).expect("read");
        assert!(again.permits(&names(&["kinesisvideo.us-west-2.amazonaws.com"])).expect("one"));
        assert!(!again.permits(&names(&["example.org"])).expect("one"));
    }

    #[test]
    fn lengths_are_in_the_shortest_form() {
        assert_eq!(element(0x30, &[7; 127])[..2], [0x30, 127]);
        assert_eq!(element(0x30, &[7; 128])[..3], [0x30, 0x81, 128]);
        assert_eq!(element(0x30, &[7; 300])[..4], [0x30, 0x82, 1, 44]);
    }
}
