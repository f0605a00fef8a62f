use kvs_signaling::event::CloseReason;
use kvs_signaling::metrics::Span;
use kvs_signaling::{MessageKind, State};

use crate::support::{EPOCH_MS, Options, Rig};

#[test]
fn over_a_call_a_reconnect_and_a_refused_send() {
    let mut rig = Rig::connected(Options::default());
    rig.run(10_000);
    let link = rig.socket();
    rig.service.signal(link, "SDP_OFFER", "anna", "offer");
    rig.settle();
    rig.run(250);
    let anna = rig.session.peer_id("anna").expect("room");
    rig.send(anna, MessageKind::SdpAnswer, "answer").expect("room");
    rig.send(anna, MessageKind::Unknown, "x").expect_err("cannot be sent");
    rig.run(30_000);
    rig.end(link, CloseReason::Reset);
    assert!(rig.run_until(1_000, |rig| rig.session.state() == State::Connected));
    let back_ms = rig.now_ms;
    rig.run(5_000);

    let metrics = rig.session.metrics(rig.now());
    assert_eq!((metrics.messages_received, metrics.messages_sent), (1, 1));
    assert_eq!((metrics.errors, metrics.runtime_errors, metrics.reconnects), (1, 0, 1));
    assert_eq!((metrics.ice_refreshes, metrics.links_opened, metrics.events_lost), (1, 4, 0));
    assert_eq!(metrics.offer_to_answer_ms, 250);
    assert_eq!(metrics.uptime_ms, rig.now_ms);
    assert_eq!(metrics.connection_ms, rig.now_ms - back_ms);
    let at_once = Span { start_unix_ms: EPOCH_MS, end_unix_ms: EPOCH_MS, took_ms: 0 };
    assert_eq!(
        (metrics.describe, metrics.endpoint, metrics.ice_config),
        (at_once, at_once, at_once)
    );
    assert_eq!(metrics.create, Span::default());
    assert_eq!(metrics.connect.start_unix_ms, EPOCH_MS + back_ms);
}
