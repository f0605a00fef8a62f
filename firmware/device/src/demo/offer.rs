//! What an answer needs to know of an offer (RFC 8829 §5.3, RFC 9143).

use core::str::SplitAsciiWhitespace;

use super::json;
use crate::text::Text;

/// Media sections of an offer: audio, video and data, and room for a second camera.
pub(super) const MEDIA_MAX: usize = 8;
/// RFC 9143 §7.2 asks for 3 bytes or fewer; an RTP header extension carries up to 16.
const MID_MAX: usize = 16;
/// Payload types of one section that are looked at; a browser lists about 40.
const FORMATS_MAX: usize = 64;
/// A line's start that is looked at; the longest one that matters is a browser's `m=video`.
const LINE_MAX: usize = 320;

/// An offer's media sections, in order.
#[derive(Clone, Copy)]
pub(super) struct Offer {
    media: [Media; MEDIA_MAX],
    count: usize,
}

/// One media section.
#[derive(Clone, Copy)]
pub(super) struct Media {
    pub(super) kind: Kind,
    pub(super) proto: Proto,
    pub(super) mid: Text<MID_MAX>,
    pub(super) direction: Direction,
    /// The first codec offered that a camera has; none for data.
    pub(super) codec: Option<Codec>,
    /// First payload type offered, or the SCTP port of the old data syntax.
    pub(super) format: u16,
    /// Listed in the offer's BUNDLE group.
    pub(super) bundled: bool,
    /// Switched off by the offer (port 0 outside a bundle).
    pub(super) off: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Audio,
    Video,
    Data,
    /// Anything else, such as `m=text`.
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

/// The transports of WebRTC, old and new spelling.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proto {
    UdpTlsRtpSavpf,
    TcpTlsRtpSavpf,
    RtpSavpf,
    UdpDtlsSctp,
    TcpDtlsSctp,
    DtlsSctp,
    /// Cannot be mirrored: the section is refused.
    Other,
}

/// A codec and the payload type that the offer gave it.
#[derive(Clone, Copy)]
pub(super) struct Codec {
    pub(super) payload_type: u8,
    pub(super) name: CodecName,
    /// H.264: `profile-level-id` and `packetization-mode`, to be mirrored (RFC 6184 §8.2.2).
    pub(super) profile_level_id: u32,
    pub(super) packetization_mode: u8,
}

/// What the KVS SDK's cameras send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CodecName {
    Opus,
    Pcmu,
    Pcma,
    H264,
    H265,
    Vp8,
}

/// Baseline 3.1: what RFC 7742 demands of every browser.
const CONSTRAINED_BASELINE: u32 = 0x0042_e01f;

impl Offer {
    /// Reads `{"type":"offer","sdp":"…"}`. What is no description at all is taken for one of a
    /// single data channel, so that every offer has an answer. `None`: more sections than
    /// [`MEDIA_MAX`], which could only be answered wrongly.
    pub(super) fn parse(payload: &[u8]) -> Option<Self> {
        let mut reading = Reading::new();
        if let Some(sdp) = json::string(payload, "sdp") {
            each_line(sdp, |line| reading.line(line));
        }
        if let Some(sdp) = json::string(payload, "sdp") {
            each_line(sdp, |line| reading.bundle(line));
        }
        if reading.overflow {
            return None;
        }
        if reading.offer.count == 0 && !reading.described {
            reading.line("m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
            reading.line("a=mid:0");
            reading.bundle("a=group:BUNDLE 0");
        }
        Some(reading.offer)
    }

    /// The sections in order.
    pub(super) fn media(&self) -> &[Media] {
        self.media.get(..self.count).unwrap_or_default()
    }
}

impl Media {
    const EMPTY: Self = Self {
        kind: Kind::Other,
        proto: Proto::Other,
        mid: Text::EMPTY,
        direction: Direction::SendRecv,
        codec: None,
        format: 0,
        bundled: false,
        off: false,
    };

    /// Whether an answer can say yes.
    pub(super) fn accepted(&self) -> bool {
        let usable = match self.kind {
            Kind::Audio | Kind::Video => self.codec.is_some(),
            Kind::Data => true,
            Kind::Other => false,
        };
        usable && !self.off && self.proto != Proto::Other
    }
}

/// The state while lines go by.
struct Reading {
    offer: Offer,
    overflow: bool,
    /// A version line was seen: this is a description, even without media.
    described: bool,
    /// A session-level direction holds for sections without their own.
    direction: Direction,
    formats: [u8; FORMATS_MAX],
    format_count: usize,
    best_rank: usize,
}

impl Reading {
    fn new() -> Self {
        Self {
            offer: Offer { media: [Media::EMPTY; MEDIA_MAX], count: 0 },
            overflow: false,
            described: false,
            direction: Direction::SendRecv,
            formats: [0; FORMATS_MAX],
            format_count: 0,
            best_rank: usize::MAX,
        }
    }

    fn line(&mut self, line: &str) {
        if let Some(section) = line.strip_prefix("m=") {
            self.section(section);
        } else if let Some(attribute) = line.strip_prefix("a=") {
            let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
            self.attribute(name, value);
        }
        self.described |= line == "v=0";
    }

    fn section(&mut self, line: &str) {
        let Some(media) = self.offer.media.get_mut(self.offer.count) else {
            self.overflow = true;
            return;
        };
        self.offer.count += 1;
        let mut words = line.split_ascii_whitespace();
        *media = Media::EMPTY;
        media.direction = self.direction;
        media.kind = Kind::of(words.next().unwrap_or_default());
        media.off = words.next() == Some("0");
        media.proto = Proto::of(words.next().unwrap_or_default());
        self.read_formats(words);
    }

    fn read_formats(&mut self, words: SplitAsciiWhitespace<'_>) {
        self.format_count = 0;
        self.best_rank = usize::MAX;
        for (nth, word) in words.enumerate() {
            let Some(media) = self.current() else { return };
            if nth == 0 {
                media.format = word.parse().unwrap_or(0);
            }
            let Ok(payload_type) = word.parse() else { continue };
            if let Some(slot) = self.formats.get_mut(nth) {
                *slot = payload_type;
                self.format_count = nth + 1;
            }
            // Static payload types need no rtpmap (RFC 3551 §6).
            match payload_type {
                0 => self.codec(0, CodecName::Pcmu),
                8 => self.codec(8, CodecName::Pcma),
                _ => {}
            }
        }
    }

    fn attribute(&mut self, name: &str, value: &str) {
        if let Some(direction) = Direction::of(name) {
            match self.current() {
                Some(media) => media.direction = direction,
                None => self.direction = direction,
            }
            return;
        }
        match name {
            "mid" => {
                if let (Some(media), true) = (self.current(), is_token(value)) {
                    // One that is too long cannot be mirrored: refusing the section is honest.
                    media.mid = Text::of(value).unwrap_or(Text::EMPTY);
                    media.off |= value.len() > MID_MAX;
                }
            }
            "bundle-only" => {
                if let Some(media) = self.current() {
                    media.off = false;
                }
            }
            "rtpmap" => self.rtpmap(value),
            "fmtp" => self.fmtp(value),
            "sctp-port" => {
                if let Some(media) = self.current() {
                    media.format = value.parse().unwrap_or(media.format);
                }
            }
            _ => {}
        }
    }

    fn rtpmap(&mut self, value: &str) {
        let Some((payload_type, encoding)) = value.split_once(' ') else { return };
        let Ok(payload_type) = payload_type.parse() else { return };
        if let Some(name) = CodecName::of(encoding) {
            self.codec(payload_type, name);
        }
    }

    /// Keeps the codec if it stands before the one kept so far in the `m=` line.
    fn codec(&mut self, payload_type: u8, name: CodecName) {
        let formats = self.formats.get(..self.format_count).unwrap_or_default();
        let Some(rank) = formats.iter().position(|known| *known == payload_type) else { return };
        let best = self.best_rank;
        let Some(media) = self.current() else { return };
        if rank < best && name.kind() == media.kind {
            let profile_level_id = CONSTRAINED_BASELINE;
            media.codec =
                Some(Codec { payload_type, name, profile_level_id, packetization_mode: 0 });
            self.best_rank = rank;
        }
    }

    fn fmtp(&mut self, value: &str) {
        let Some((payload_type, parameters)) = value.split_once(' ') else { return };
        let Some(codec) = self.current().and_then(|media| media.codec.as_mut()) else { return };
        if payload_type.parse() != Ok(codec.payload_type) {
            return;
        }
        for parameter in parameters.split(';') {
            match parameter.trim().split_once('=') {
                Some(("packetization-mode", mode)) => {
                    codec.packetization_mode = mode.parse().unwrap_or(0);
                }
                Some(("profile-level-id", id)) => {
                    codec.profile_level_id =
                        u32::from_str_radix(id, 16).unwrap_or(CONSTRAINED_BASELINE) & 0x00ff_ffff;
                }
                _ => {}
            }
        }
    }

    fn bundle(&mut self, line: &str) {
        let Some(mids) = line.strip_prefix("a=group:BUNDLE ") else { return };
        for media in self.offer.media.iter_mut().take(self.offer.count) {
            let mid = media.mid.as_str();
            media.bundled |= !mid.is_empty() && mids.split_ascii_whitespace().any(|m| m == mid);
        }
    }

    fn current(&mut self) -> Option<&mut Media> {
        self.offer.media.get_mut(self.offer.count.checked_sub(1)?)
    }
}

impl Kind {
    fn of(word: &str) -> Self {
        match word {
            "audio" => Self::Audio,
            "video" => Self::Video,
            "application" => Self::Data,
            _ => Self::Other,
        }
    }
}

impl Direction {
    fn of(word: &str) -> Option<Self> {
        match word {
            "sendrecv" => Some(Self::SendRecv),
            "sendonly" => Some(Self::SendOnly),
            "recvonly" => Some(Self::RecvOnly),
            "inactive" => Some(Self::Inactive),
            _ => None,
        }
    }
}

impl Proto {
    fn of(word: &str) -> Self {
        match word {
            "UDP/TLS/RTP/SAVPF" => Self::UdpTlsRtpSavpf,
            "TCP/TLS/RTP/SAVPF" => Self::TcpTlsRtpSavpf,
            "RTP/SAVPF" => Self::RtpSavpf,
            "UDP/DTLS/SCTP" => Self::UdpDtlsSctp,
            "TCP/DTLS/SCTP" => Self::TcpDtlsSctp,
            "DTLS/SCTP" => Self::DtlsSctp,
            _ => Self::Other,
        }
    }
}

impl CodecName {
    /// `opus/48000/2`, names in any case (RFC 8866 §6.6).
    fn of(encoding: &str) -> Option<Self> {
        let is = |name: &str| encoding.trim_end().eq_ignore_ascii_case(name);
        match () {
            () if is("opus/48000/2") => Some(Self::Opus),
            () if is("PCMU/8000") => Some(Self::Pcmu),
            () if is("PCMA/8000") => Some(Self::Pcma),
            () if is("H264/90000") => Some(Self::H264),
            () if is("H265/90000") => Some(Self::H265),
            () if is("VP8/90000") => Some(Self::Vp8),
            () => None,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Opus | Self::Pcmu | Self::Pcma => Kind::Audio,
            Self::H264 | Self::H265 | Self::Vp8 => Kind::Video,
        }
    }
}

/// RFC 8866 §9, `token`; none of its characters needs an escape in JSON.
fn is_token(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`{|}~".contains(&byte);
    !text.is_empty() && text.bytes().all(legal)
}

/// Gives each line to `line`, cut at [`LINE_MAX`]; lines beyond ASCII are left out.
fn each_line(bytes: impl Iterator<Item = u8>, mut line: impl FnMut(&str)) {
    let (mut room, mut len) = ([0; LINE_MAX], 0);
    for byte in bytes.chain([b'\n']) {
        match byte {
            b'\r' => {}
            b'\n' => {
                let text = room.get(..len).unwrap_or_default();
                if let Some(text) = core::str::from_utf8(text).ok().filter(|text| text.is_ascii()) {
                    line(text);
                }
                len = 0;
            }
            byte => {
                if let Some(slot) = room.get_mut(len) {
                    *slot = byte;
                    len += 1;
                }
            }
        }
    }
}
