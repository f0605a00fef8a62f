//! Payloads of an exact size for `send`.

use core::fmt::{self, Write as _};

use kvs_signaling::MessageKind;

use crate::text::Text;

/// The longest frame below.
const FRAME_MAX: usize = 512;

/// Fills `room` with what a message of `kind` carries, told apart from others by `id`. JSON takes
/// any amount of blanks, so that every size from the natural one upwards is valid; below it there
/// is only filler.
pub(super) fn write(kind: MessageKind, id: u64, room: &mut [u8]) {
    let mut frame = Text::<FRAME_MAX>::EMPTY;
    let written = match kind {
        MessageKind::SdpOffer => description(&mut frame, "offer", "actpass", id),
        MessageKind::SdpAnswer => description(&mut frame, "answer", "active", id),
        MessageKind::IceCandidate | MessageKind::Unknown => candidate(&mut frame, id),
    };
    let frame = frame.as_str().as_bytes();
    if let (Ok(()), Some((head, tail))) = (written, room.split_at_mut_checked(frame.len())) {
        head.copy_from_slice(frame);
        tail.fill(b' ');
        return;
    }
    let mut digits = Text::<16>::EMPTY;
    // Sixteen digits always fit.
    let _ = write!(digits, "{id:016x}");
    for (byte, digit) in room.iter_mut().zip(digits.as_str().bytes().cycle()) {
        *byte = digit;
    }
}

fn description(out: &mut impl fmt::Write, kind: &str, setup: &str, id: u64) -> fmt::Result {
    write!(
        out,
        "{{\"type\":\"{kind}\",\"sdp\":\"v=0\\r\\no=- {session} 2 IN IP4 127.0.0.1\\r\\ns=-\\r\\n\
         t=0 0\\r\\na=group:BUNDLE 0\\r\\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\\r\\n\
         c=IN IP4 0.0.0.0\\r\\na=mid:0\\r\\na=ice-ufrag:{ufrag:08x}\\r\\n\
         a=ice-pwd:{id:032x}\\r\\na=setup:{setup}\\r\\na=sctp-port:5000\\r\\n\"}}",
        session = id >> 1,
        ufrag = id & 0xffff_ffff,
    )
}

fn candidate(out: &mut impl fmt::Write, id: u64) -> fmt::Result {
    write!(
        out,
        "{{\"candidate\":\"candidate:1 1 udp 2130706431 127.0.0.1 {port} typ host generation 0 \
         ufrag {id:016x}\",\"sdpMid\":\"0\",\"sdpMLineIndex\":0}}",
        port = 49_152 + id % 16_000,
    )
}
