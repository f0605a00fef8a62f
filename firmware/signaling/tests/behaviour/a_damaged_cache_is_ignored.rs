use kvs_signaling::config::ENDPOINT_MAX;
use kvs_signaling::{Channel, Input, Role, State};

use crate::support::{Answer, Options, Rig, Told};

fn stored(rig: &Rig) -> Vec<Vec<u8>> {
    let stored = |told: &Told| match told {
        Told::Store(bytes) => Some(bytes.clone()),
        _ => None,
    };
    rig.told.iter().filter_map(|(_, told)| stored(told)).collect()
}

fn cache() -> Vec<u8> {
    stored(&Rig::connected(Options::default())).remove(0)
}

/// Whether a session that got this cache made use of it.
fn used(options: Options) -> bool {
    let rig = Rig::connected(options);
    let looked_up = rig.service.requests_to("Endpoint").len();
    assert_eq!(looked_up, rig.service.requests_to("describe").len());
    assert_eq!(looked_up, stored(&rig).len(), "rewritten when it was not used");
    looked_up == 0
}

#[test]
fn a_whole_one_saves_two_calls() {
    let mut rig = Rig::new(Options { cache: cache(), ..Options::default() });
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected);
    assert_eq!(rig.states()[..3], [State::Credentials, State::IceConfig, State::Connecting]);
    assert!(used(Options { cache: cache(), ..Options::default() }));
}

#[test]
fn every_bit_and_every_length_counts() {
    let whole = cache();
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(!used(Options { cache: damaged, ..Options::default() }), "bit {bit}");
    }
    for length in 0..whole.len() {
        assert!(!used(Options { cache: whole[..length].to_vec(), ..Options::default() }));
    }
    for junk in [vec![0; 1_000], vec![0xff; whole.len()], [whole.clone(), whole].concat()] {
        assert!(!used(Options { cache: junk, ..Options::default() }));
    }
}

#[test]
fn anothers_is_not_ours() {
    let ours = Options { cache: cache(), ..Options::default() };
    let channel = ours.channel;
    for options in [
        Options { role: Role::Viewer("anna"), ..ours.clone() },
        Options { channel: Channel { name: "gate", ..channel }, ..ours.clone() },
        Options { channel: Channel { region: "eu-west-1", ..channel }, ..ours.clone() },
        Options { control_plane: Some("localhost:8443"), ..ours.clone() },
    ] {
        assert!(!used(options));
    }
    assert!(used(Options { credentials_s: None, seed: 9, ..ours }));
}

#[test]
fn an_old_one_and_one_from_the_future_are_not_used() {
    let options = Options { cache: cache(), credentials_s: None, ..Options::default() };
    let after = |seconds: u64| {
        let mut rig = Rig::new(options.clone());
        rig.now_ms = seconds * 1_000;
        rig.input(Input::Start);
        assert_eq!(rig.session.state(), State::Connected);
        rig.service.requests_to("describe").len()
    };
    assert_eq!((after(36_000), after(36_001)), (0, 1));
    let early = Options { wall_offset_ms: -600_000, ..options };
    let mut rig = Rig::new(early);
    rig.service.clock_ms -= 600_000;
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected);
    assert_eq!(rig.service.requests_to("describe").len(), 1);
}

#[test]
fn one_whose_channel_is_gone_is_rewritten() {
    let mut rig = Rig::new(Options { cache: cache(), ..Options::default() });
    rig.service.arn =
        "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1700000000009".into();
    rig.service.answer("ice", [Answer::error(404, "ResourceNotFoundException")]);
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected);
    let rewritten = stored(&rig);
    assert_eq!(rewritten.len(), 1);
    let arn = rig.service.arn.as_bytes();
    assert!(rewritten[0].windows(arn.len()).any(|window| window == arn));
}

#[test]
fn the_longest_endpoints_fit() {
    let mut rig = Rig::new(Options::default());
    let host = format!("{}.example", "a".repeat(ENDPOINT_MAX - "https://.example".len()));
    rig.service.https_authority = host.clone();
    rig.service.wss_authority = host[2..].to_owned();
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected);
    assert_eq!(stored(&rig).len(), 1);
}
