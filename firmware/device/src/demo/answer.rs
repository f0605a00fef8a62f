//! Answers and candidates as a browser takes them (RFC 8829 §5.3, RFC 8839, RFC 8842).

use core::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

use super::offer::{Codec, CodecName, Direction, Kind, Media, Offer, Proto};

/// Writes `{"type":"answer","sdp":"…"}`; gives its length, `None` when `room` is too small.
pub(super) fn write(offer: &Offer, random: &[u8; 32], room: &mut [u8]) -> Option<usize> {
    let mut out = Out { room, len: 0 };
    out.write_str(r#"{"type":"answer","sdp":""#).ok()?;
    session(&mut out, offer, random).ok()?;
    for (index, media) in offer.media().iter().enumerate() {
        section(&mut out, media, index, random).ok()?;
    }
    out.write_str(r#""}"#).ok()?;
    Some(out.len)
}

/// Writes the `nth` candidate as `RTCIceCandidate.toJSON` has it; as [`write`].
pub(super) fn write_candidate(
    offer: &Offer,
    random: &[u8; 32],
    nth: u8,
    room: &mut [u8],
) -> Option<usize> {
    let media = offer.media();
    // All accepted sections share the first one's transport (RFC 9143 §9).
    let index = media.iter().position(Media::accepted).unwrap_or(0);
    let mid = media.get(index).map(|media| media.mid.as_str()).filter(|mid| !mid.is_empty());
    // RFC 8445 §5.1.2.1: type preference 126, a local preference that falls, component 1.
    let priority = (126_u32 << 24) | ((65_535 - u32::from(nth)) << 8) | 255;
    let port = Random(random).port() + u16::from(nth);
    let ufrag = Random(random).ufrag();
    let mut out = Out { room, len: 0 };
    write!(
        out,
        "{{\"candidate\":\"candidate:{foundation} 1 udp {priority} 127.0.0.1 {port} typ host \
         generation 0 ufrag {ufrag:08x}\",\"sdpMid\":",
        foundation = nth + 1,
    )
    .ok()?;
    match mid {
        Some(mid) => write!(out, "\"{mid}\"").ok()?,
        None => out.write_str("null").ok()?,
    }
    write!(out, ",\"sdpMLineIndex\":{index}}}").ok()?;
    Some(out.len)
}

fn session(out: &mut Out<'_>, offer: &Offer, random: &[u8; 32]) -> fmt::Result {
    out.line(format_args!("v=0"))?;
    out.line(format_args!("o=- {} 2 IN IP4 127.0.0.1", Random(random).session_id()))?;
    out.line(format_args!("s=-"))?;
    out.line(format_args!("t=0 0"))?;
    let bundled = || offer.media().iter().filter(|media| media.bundled && media.accepted());
    if bundled().next().is_some() {
        out.write_str("a=group:BUNDLE")?;
        for media in bundled() {
            write!(out, " {}", media.mid.as_str())?;
        }
        out.line(format_args!(""))?;
    }
    out.line(format_args!("a=msid-semantic: WMS kvs-demo"))
}

fn section(out: &mut Out<'_>, media: &Media, index: usize, random: &[u8; 32]) -> fmt::Result {
    head(out, media)?;
    out.line(format_args!("c=IN IP4 0.0.0.0"))?;
    if !media.mid.as_str().is_empty() {
        out.line(format_args!("a=mid:{}", media.mid.as_str()))?;
    }
    if !media.accepted() {
        return out.line(format_args!("a=inactive"));
    }
    transport(out, random)?;
    match media.codec {
        Some(codec) => stream(out, media, &codec, index, random),
        None if media.proto == Proto::DtlsSctp => {
            out.line(format_args!("a=sctpmap:{} webrtc-datachannel 1024", media.format))
        }
        None => {
            out.line(format_args!("a=sctp-port:5000"))?;
            out.line(format_args!("a=max-message-size:262144"))
        }
    }
}

/// The `m=` line. A refused section keeps its place with port 0 (RFC 3264 §6).
fn head(out: &mut Out<'_>, media: &Media) -> fmt::Result {
    let kind = match media.kind {
        Kind::Audio => "audio",
        Kind::Video => "video",
        Kind::Data => "application",
        Kind::Other => "text",
    };
    let port = if media.accepted() { 9 } else { 0 };
    let proto = match media.proto {
        Proto::UdpTlsRtpSavpf | Proto::Other => "UDP/TLS/RTP/SAVPF",
        Proto::TcpTlsRtpSavpf => "TCP/TLS/RTP/SAVPF",
        Proto::RtpSavpf => "RTP/SAVPF",
        Proto::UdpDtlsSctp => "UDP/DTLS/SCTP",
        Proto::TcpDtlsSctp => "TCP/DTLS/SCTP",
        Proto::DtlsSctp => "DTLS/SCTP",
    };
    match (media.codec, media.kind) {
        (Some(codec), _) => {
            out.line(format_args!("m={kind} {port} {proto} {}", codec.payload_type))
        }
        (None, Kind::Data) if media.proto != Proto::DtlsSctp => {
            out.line(format_args!("m={kind} {port} {proto} webrtc-datachannel"))
        }
        (None, Kind::Audio | Kind::Video | Kind::Data | Kind::Other) => {
            out.line(format_args!("m={kind} {port} {proto} {}", media.format))
        }
    }
}

fn transport(out: &mut Out<'_>, random: &[u8; 32]) -> fmt::Result {
    let random = Random(random);
    out.line(format_args!("a=ice-ufrag:{:08x}", random.ufrag()))?;
    out.line(format_args!("a=ice-pwd:{:032x}", random.password()))?;
    out.line(format_args!("a=ice-options:trickle"))?;
    out.write_str("a=fingerprint:sha-256 ")?;
    for (nth, byte) in random.fingerprint().iter().enumerate() {
        write!(out, "{}{byte:02X}", if nth == 0 { "" } else { ":" })?;
    }
    out.line(format_args!(""))?;
    // The answerer is the DTLS client: media starts a round trip earlier (RFC 8842 §5.3).
    out.line(format_args!("a=setup:active"))
}

fn stream(
    out: &mut Out<'_>,
    media: &Media,
    codec: &Codec,
    index: usize,
    random: &[u8; 32],
) -> fmt::Result {
    // A camera sends to whoever takes it, and listens only where nothing is wanted from it.
    let direction = match media.direction {
        Direction::SendRecv | Direction::RecvOnly => "sendonly",
        Direction::SendOnly => "recvonly",
        Direction::Inactive => "inactive",
    };
    out.line(format_args!("a={direction}"))?;
    out.line(format_args!("a=rtcp-mux"))?;
    let payload_type = codec.payload_type;
    let encoding = match codec.name {
        CodecName::Opus => "opus/48000/2",
        CodecName::Pcmu => "PCMU/8000",
        CodecName::Pcma => "PCMA/8000",
        CodecName::H264 => "H264/90000",
        CodecName::H265 => "H265/90000",
        CodecName::Vp8 => "VP8/90000",
    };
    out.line(format_args!("a=rtpmap:{payload_type} {encoding}"))?;
    if codec.name == CodecName::H264 {
        out.line(format_args!(
            "a=fmtp:{payload_type} level-asymmetry-allowed=1;packetization-mode={};\
             profile-level-id={:06x}",
            codec.packetization_mode, codec.profile_level_id,
        ))?;
    }
    if direction == "sendonly" {
        out.line(format_args!("a=msid:kvs-demo track{index}"))?;
        out.line(format_args!("a=ssrc:{} cname:kvs-demo", Random(random).ssrc(index)))?;
    }
    Ok(())
}

/// The random values of one answer, all from one digest.
struct Random<'r>(&'r [u8; 32]);

impl Random<'_> {
    fn number(&self, from: usize, len: usize) -> u128 {
        let bytes = self.0.iter().skip(from).take(len);
        bytes.fold(0, |number, byte| (number << 8) | u128::from(*byte))
    }

    /// 63 bits (RFC 8829 §5.2.1).
    fn session_id(&self) -> u128 {
        self.number(0, 8) >> 1
    }

    fn ufrag(&self) -> u128 {
        self.number(26, 4)
    }

    /// 128 bits, as RFC 8839 §5.4 demands.
    fn password(&self) -> u128 {
        self.number(8, 16)
    }

    /// The first of the candidates' ports: dynamic, with room for the others above it.
    fn port(&self) -> u16 {
        49_152 + u16::try_from(self.number(24, 2) % 16_000).unwrap_or_default()
    }

    fn ssrc(&self, index: usize) -> u128 {
        (self.number(28, 4) + index as u128) & 0xffff_ffff
    }

    fn fingerprint(&self) -> [u8; 32] {
        Sha256::new().chain_update(self.0).chain_update("fingerprint").finalize().into()
    }
}

/// Writes into room, inside a JSON string.
struct Out<'a> {
    room: &'a mut [u8],
    len: usize,
}

impl Out<'_> {
    /// Text and the end of a line, escaped for JSON. Nothing else here needs an escape.
    fn line(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        self.write_fmt(text)?;
        self.write_str("\\r\\n")
    }
}

impl fmt::Write for Out<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let room = self.room.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
