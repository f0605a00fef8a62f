use kvs_signaling::config::HTTP_MIN;
use kvs_signaling::event::{CloseReason, Known};
use kvs_signaling::{
    Channel, Config, Credentials, Input, Instant, Link, Memory, Message, MessageKind, Now, OnLoss,
    Output, Policy, Role, Session, UnixTime,
};
use proptest::prelude::*;

use crate::support::{EPOCH_MS, Options, Rig};

#[derive(Clone, Debug)]
enum Step {
    Pass(u32),
    Start,
    Prepare,
    Delete,
    Forget(bool),
    Stop,
    Opened(u32),
    Bytes(u32, Vec<u8>),
    Sent(u32, usize),
    Closed(u32),
    Credentials(Option<u32>),
    CredentialsFailed,
    Send(u8, u16),
    Drain,
    Poll,
}

/// Bytes as a service might send them, and others.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let http = prop::sample::select(vec![
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 403 x\r\nDate: Thu, 01 Jan 2026 00:10:00 GMT\r\nContent-Length: 17\r\n\r\nSignature expired",
        "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n",
        "HTTP/1.1 500 x\r\n\r\n",
    ]);
    let text = prop::sample::select(vec![
        r#"{"messageType":"GO_AWAY"}"#,
        r#"{"messageType":"RECONNECT_ICE_SERVER"}"#,
        r#"{"messageType":"SDP_OFFER","senderClientId":"a","messagePayload":"eA=="}"#,
        r#"{"messageType":"STATUS_RESPONSE","statusResponse":{"correlationId":"c"}}"#,
        "junk",
    ]);
    prop_oneof![
        http.prop_map(|text| text.as_bytes().to_vec()),
        text.prop_map(|text| [&[0x81, text.len() as u8][..], text.as_bytes()].concat()),
        Just(b"\x89\x00".to_vec()),
        Just(b"\x88\x02\x03\xe9".to_vec()),
        Just(b"\x8a\x04\0\0\0\x01".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let link = 0..12u32;
    prop_oneof![
        (0..60_000u32).prop_map(Step::Pass),
        Just(Step::Start),
        Just(Step::Prepare),
        Just(Step::Delete),
        any::<bool>().prop_map(Step::Forget),
        Just(Step::Stop),
        link.clone().prop_map(Step::Opened),
        (link.clone(), bytes()).prop_map(|(link, bytes)| Step::Bytes(link, bytes)),
        (link.clone(), 0..3_000usize).prop_map(|(link, n)| Step::Sent(link, n)),
        link.prop_map(Step::Closed),
        prop::option::of(0..4_000u32).prop_map(Step::Credentials),
        Just(Step::CredentialsFailed),
        (0..4u8, 0..3_000u16).prop_map(|(kind, size)| Step::Send(kind, size)),
        Just(Step::Drain),
        Just(Step::Poll),
    ]
}

fn apply(session: &mut Session<'_>, now: Now, step: &Step) {
    let input = match step {
        Step::Pass(_) => Input::Tick,
        Step::Start => Input::Start,
        Step::Prepare => Input::Prepare,
        Step::Delete => Input::Delete,
        Step::Forget(true) => Input::Forget(Known::Channel),
        Step::Forget(false) => Input::Forget(Known::IceServers),
        Step::Stop => Input::Stop,
        Step::Opened(link) => Input::Opened(Link(*link)),
        Step::Bytes(link, bytes) => Input::Bytes(Link(*link), bytes),
        Step::Sent(link, n) => Input::Sent(Link(*link), *n),
        Step::Closed(link) => Input::Closed(Link(*link), CloseReason::Other),
        Step::Credentials(seconds) => Input::Credentials(Credentials {
            access_key_id: "AKID",
            secret_key: "secret",
            session_token: "",
            expires: seconds.map(|s| UnixTime(now.wall.0 + u64::from(s) * 1_000)),
        }),
        Step::CredentialsFailed => Input::CredentialsFailed,
        Step::Send(kind, size) => {
            let kinds = [
                MessageKind::SdpOffer,
                MessageKind::SdpAnswer,
                MessageKind::IceCandidate,
                MessageKind::Unknown,
            ];
            let payload = vec![b'x'; usize::from(*size)];
            let message = Message {
                kind: kinds[usize::from(*kind)],
                payload: &payload,
                correlation_id: "c",
                on_loss: if size % 2 == 0 { OnLoss::Retry } else { OnLoss::Report },
            };
            let peer = session.peer_id("a").expect("short");
            // Refused or not, both must be survived.
            let _ = session.send(now, peer, message);
            return;
        }
        Step::Drain => return drain(session, now),
        Step::Poll => {
            session.poll();
            return;
        }
    };
    session.handle(now, input);
}

/// Bounded, and then there is nothing to do before a moment that is still to come.
fn drain(session: &mut Session<'_>, now: Now) {
    session.handle(now, Input::Tick);
    for _ in 0..1_000 {
        if let Output::WakeAt(at, why) = session.poll() {
            assert!(at > now.mono, "{why:?} at {at:?}, and it is {now:?}");
            return;
        }
    }
    panic!("no end of outputs");
}

fn fresh<'m>(memory: &'m mut Memory<1_024, 1_024, HTTP_MIN>) -> Session<'m> {
    let options = Options::default();
    let config = Config {
        channel: Channel { create: true, media_storage: true, ..options.channel },
        role: Role::Master,
        control_plane: None,
        iot: None,
        user_agent: "kvs-signaling/test",
        build_date: UnixTime(EPOCH_MS),
        cache: &[],
        policy: Policy::DEFAULT,
        #[cfg(kvs_mutants)]
        mutants: kvs_signaling::config::Mutants::default(),
    };
    Session::new(config, memory.lend(), [1; 32]).expect("valid")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn from_the_beginning(steps in prop::collection::vec(step(), 0..80), early in any::<bool>()) {
        let mut memory = Memory::new();
        let mut session = fresh(&mut memory);
        let mut ms = 0;
        for step in &steps {
            if let Step::Pass(by) = step {
                ms += u64::from(*by);
            }
            let wall = if early { 0 } else { EPOCH_MS };
            let now = Now { mono: Instant(ms), wall: UnixTime(wall + ms) };
            apply(&mut session, now, step);
        }
    }

    /// From a live connection, with a service that goes on answering what it is asked; in the end
    /// everything is healed and the session must be connected.
    #[test]
    fn from_a_connection(steps in prop::collection::vec(step(), 0..40)) {
        let mut rig = Rig::connected(Options::default());
        for step in &steps {
            if let Step::Pass(by) = step {
                rig.run(u64::from(*by));
                continue;
            }
            // The numbers are those of the newest links.
            let newest = rig.told.iter().rev().find_map(|(_, told)| match told {
                crate::support::Told::Open { link, .. } => Some(link.0),
                _ => None,
            });
            let newest = newest.unwrap_or_default();
            let step = match step.clone() {
                Step::Bytes(back, bytes) => Step::Bytes(newest.saturating_sub(back % 3), bytes),
                Step::Closed(back) => Step::Closed(newest.saturating_sub(back % 3)),
                Step::Sent(back, n) => Step::Sent(newest + 1 + back, n),
                other => other,
            };
            let now = rig.now();
            apply(&mut rig.session, now, &step);
            rig.settle();
        }
        rig.input(Input::Start);
        let now = rig.now();
        apply(&mut rig.session, now, &Step::Credentials(Some(3_600)));
        rig.settle();
        let connected = rig.run_until(120_000, |rig| {
            rig.session.state() == kvs_signaling::State::Connected
        });
        prop_assert!(connected, "{:?}", rig);
    }
}
