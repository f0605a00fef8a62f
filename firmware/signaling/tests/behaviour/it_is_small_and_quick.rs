use std::mem::size_of;

use kvs_signaling::config::{HTTP_MIN, RX_SDK, RX_SMALL};
use kvs_signaling::event::CloseReason;
use kvs_signaling::{DigestSlot, Memory, OutboundSlot, PeerSlot, Session, State};

use crate::support::{Options, Rig, Told};

/// On a 64-bit machine; a 32-bit one takes less.
#[test]
#[cfg(all(target_pointer_width = "64", not(kvs_mutants)))]
fn in_memory() {
    let sizes = [
        ("Session", size_of::<Session<'static>>()),
        ("PeerSlot", size_of::<PeerSlot>()),
        ("OutboundSlot", size_of::<OutboundSlot>()),
        ("DigestSlot", size_of::<DigestSlot>()),
        ("Memory, small", size_of::<Memory<RX_SMALL, RX_SMALL, HTTP_MIN>>()),
        ("Memory, SDK", size_of::<Memory<RX_SDK, RX_SDK, HTTP_MIN>>()),
    ];
    let lines: Vec<String> =
        sizes.iter().map(|(name, size)| format!("{name:<14}{size:>6}")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// The first connection, and one for each minute of a day after it.
#[test]
fn in_a_day_of_reconnects() {
    let mut rig = Rig::connected(Options::default());
    for _ in 0..1_440 {
        let link = rig.socket();
        rig.end(link, CloseReason::Reset);
        rig.run(60_000);
        assert_eq!(rig.session.state(), State::Connected);
    }
    assert_eq!(rig.count(|told| matches!(told, Told::Connected { .. })), 1_441);
    assert_eq!(rig.most_sockets, 1);
    assert_eq!(rig.links.len(), 1);
    let metrics = rig.session.metrics(rig.now());
    assert_eq!((metrics.reconnects, metrics.events_lost), (1_440, 0));
    // The back-off stayed at its beginning, because each connection was stable.
    assert_eq!(rig.count(|told| matches!(told, Told::Retry { attempt: 1.., .. })), 0);
}
