//! What a peer sends: session descriptions and candidates as a browser would write them, of an
//! exact size, unique per send and the same again for the same seed.

use sha2::{Digest, Sha256};

/// Makes one peer's payloads.
pub struct Payloads {
    seed: u64,
    actor: String,
    made: u64,
}

impl Payloads {
    /// The payloads of `actor` in a run of `seed`.
    pub fn new(seed: u64, actor: &str) -> Self {
        Self { seed, actor: actor.to_owned(), made: 0 }
    }

    /// A session description of `kind` (`offer` or `answer`) of exactly `size` bytes; the natural
    /// size without one. Below about 40 bytes there is no room for JSON: filler bytes then.
    pub fn description(&mut self, kind: &str, size: Option<usize>) -> Vec<u8> {
        let id = self.next_id();
        let fingerprint: Vec<_> = id.as_bytes().chunks(2).map(String::from_utf8_lossy).collect();
        // Whole enough for a real WebRTC stack to answer: keys, a fingerprint, two codecs.
        let bare = format!(
            "v=0\\r\\no=- {session} 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\nt=0 0\\r\\n\
             a=group:BUNDLE 0\\r\\na=msid-semantic: WMS\\r\\n\
             m=video 9 UDP/TLS/RTP/SAVPF 96 97\\r\\nc=IN IP4 0.0.0.0\\r\\na=mid:0\\r\\n\
             a=ice-ufrag:{ufrag}\\r\\na=ice-pwd:{pwd}\\r\\na=ice-options:trickle\\r\\n\
             a=fingerprint:sha-256 {fingerprint}\\r\\n\
             a=setup:{setup}\\r\\na={direction}\\r\\na=rtcp-mux\\r\\n\
             a=rtpmap:96 H264/90000\\r\\n\
             a=fmtp:96 packetization-mode=1;profile-level-id=42e01f\\r\\n\
             a=rtpmap:97 VP8/90000\\r\\n",
            session = u64::from_str_radix(&id[..15], 16).unwrap_or(1),
            ufrag = &id[16..20],
            pwd = &id[20..44],
            fingerprint = fingerprint.join(":").to_uppercase(),
            setup = if kind == "answer" { "active" } else { "actpass" },
            direction = if kind == "answer" { "sendonly" } else { "recvonly" },
        );
        let head = format!("{{\"type\":\"{kind}\",\"sdp\":\"");
        fit(&head, &[&bare, &short(&id)], "\"}", &id, size)
    }

    /// An ICE candidate as `RTCIceCandidate.toJSON()` gives it, padded to `size` bytes.
    pub fn candidate(&mut self, size: Option<usize>) -> Vec<u8> {
        let id = self.next_id();
        let port = 49_152 + u16::from_str_radix(&id[..3], 16).unwrap_or(0);
        let bare = format!(
            "candidate:{} 1 udp 2122260223 192.0.2.{} {port} typ host generation 0 ufrag {}",
            u32::from_str_radix(&id[..8], 16).unwrap_or(1),
            self.made % 250 + 1,
            &id[16..20],
        );
        let tail = "\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0}";
        fit("{\"candidate\":\"", &[&bare, &id[..8]], tail, &id, size)
    }

    /// 64 hex digits that no other send of this run has.
    fn next_id(&mut self) -> String {
        self.made += 1;
        hex(&Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(self.actor.as_bytes())
            .chain_update(self.made.to_be_bytes())
            .finalize())
    }
}

/// First 16 hex digits of the payload's SHA-256: how every record names a message.
pub fn sha(payload: &[u8]) -> String {
    let mut digits = hex(&Sha256::digest(payload));
    digits.truncate(16);
    digits
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn short(id: &str) -> String {
    format!("s={}", &id[..8])
}

/// The longest body that fits `size`, padded to it with attribute lines.
fn fit(head: &str, bodies: &[&str], tail: &str, id: &str, size: Option<usize>) -> Vec<u8> {
    let around = head.len() + tail.len();
    let natural = around + bodies.first().map_or(0, |body| body.len());
    let size = size.unwrap_or(natural);
    for body in bodies {
        if let Some(room) = size.checked_sub(around + body.len()) {
            let mut text = String::with_capacity(size);
            text.push_str(head);
            text.push_str(body);
            pad(&mut text, room, id);
            text.push_str(tail);
            return text.into_bytes();
        }
    }
    id.bytes().cycle().take(size).collect()
}

/// `a=x-pad:…` lines, as long attributes are in real descriptions; never an escape cut in half.
fn pad(text: &mut String, mut room: usize, id: &str) {
    const HEAD: &str = "a=x-pad:";
    const END: &str = "\\r\\n";
    const LINE: usize = 120;
    while room > 0 {
        let overhead = HEAD.len() + END.len();
        let line = if room < LINE + overhead + 1 { room } else { LINE };
        if line <= overhead {
            text.extend(std::iter::repeat_n(' ', line));
        } else {
            text.push_str(HEAD);
            text.extend(id.chars().cycle().take(line - overhead));
            text.push_str(END);
        }
        room -= line;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_met_exactly_and_is_json_where_json_fits() {
        let mut payloads = Payloads::new(7, "viewer");
        for size in (0..700).chain([900, 6 * 1024, 10 * 1024, 14_062]) {
            let offer = payloads.description("offer", Some(size));
            assert_eq!(offer.len(), size);
            if size >= 50 {
                let value: serde_json::Value = serde_json::from_slice(&offer).expect("JSON");
                assert_eq!(value["type"], "offer", "at {size}");
            }
            let candidate = payloads.candidate(Some(size));
            assert_eq!(candidate.len(), size);
            if size >= 80 {
                serde_json::from_slice::<serde_json::Value>(&candidate).expect("JSON");
            }
        }
    }

    #[test]
    fn payloads_differ_per_send_and_repeat_per_seed() {
        let all = |seed| {
            let mut payloads = Payloads::new(seed, "viewer");
            (0..100).map(|_| sha(&payloads.description("offer", Some(900)))).collect::<Vec<_>>()
        };
        let mut once = all(1);
        assert_eq!(once, all(1));
        assert_ne!(once, all(2));
        once.sort();
        once.dedup();
        assert_eq!(once.len(), 100);
    }

    #[test]
    fn the_natural_size_is_a_realistic_description() {
        let offer = Payloads::new(0, "viewer").description("offer", None);
        assert!((300..1_000).contains(&offer.len()), "{}", offer.len());
    }
}
