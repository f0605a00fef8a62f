//! Random sequences of operations on a few channels, on the mock and on a model of a hundred lines:
//! every answer and every delivered message agrees, and none shows up on another channel.

mod driver;
mod model;
#[path = "../support/mod.rs"]
mod support;

use std::sync::OnceLock;

use driver::Driver;
use mock_kvs::{Authority, Config, Quotas};
use model::Seat;
use proptest::prelude::*;
use support::sim::Sim;

/// Something done to the service.
#[derive(Clone, Debug)]
enum Op {
    /// Name, message TTL in seconds.
    Create(u8, u64),
    /// Name.
    Describe(u8),
    /// Prefix, page size.
    List(&'static str, u32),
    /// Name, message TTL, whether by another version than the current one.
    Update(u8, u64, bool),
    /// Name, whether by another version.
    Delete(u8, bool),
    /// Name, key, value.
    Tag(u8, u8, u8),
    /// Name, key.
    Untag(u8, u8),
    /// Name, who.
    Connect(u8, Seat),
    /// Name, who.
    Disconnect(u8, Seat),
    /// Name, sender, type, the viewer a master sends to.
    Send(u8, Seat, &'static str, u8),
    /// Seconds.
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let name = || 0..3_u8;
    let seat = || prop_oneof![Just(Seat::Master), (0..3_u8).prop_map(Seat::Viewer)];
    let kind = prop::sample::select(vec!["SDP_OFFER", "SDP_ANSWER", "ICE_CANDIDATE"]);
    let prefix = prop::sample::select(vec!["", "front", "front-g", "s", "x"]);
    prop_oneof![
        3 => (name(), 5..=120_u64).prop_map(|(name, ttl)| Op::Create(name, ttl)),
        1 => name().prop_map(Op::Describe),
        1 => (prefix, 1..4_u32).prop_map(|(prefix, page)| Op::List(prefix, page)),
        1 => (name(), 5..=120_u64, any::<bool>())
            .prop_map(|(name, ttl, is_stale)| Op::Update(name, ttl, is_stale)),
        1 => (name(), any::<bool>()).prop_map(|(name, is_stale)| Op::Delete(name, is_stale)),
        1 => (name(), 0..3_u8, 0..3_u8).prop_map(|(name, key, value)| Op::Tag(name, key, value)),
        1 => (name(), 0..3_u8).prop_map(|(name, key)| Op::Untag(name, key)),
        6 => (name(), seat()).prop_map(|(name, seat)| Op::Connect(name, seat)),
        2 => (name(), seat()).prop_map(|(name, seat)| Op::Disconnect(name, seat)),
        12 => (name(), seat(), kind, 0..3_u8)
            .prop_map(|(name, seat, kind, to)| Op::Send(name, seat, kind, to)),
        2 => (1..40_u64).prop_map(Op::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_any_sequence_of_operations(ops in prop::collection::vec(op(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let mut driver = Driver::new(Sim::with(config()));
            for op in &ops {
                driver.step(op).await;
            }
        });
    }
}

/// Without the quotas of calls and connects: the model has no notion of haste.
fn config() -> Config {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    let authority = AUTHORITY.get_or_init(|| Authority::new().expect("an authority")).clone();
    let quotas = Quotas { calls: false, connects: false, ..Quotas::default() };
    Config { authority: Some(authority), quotas, ..Config::default() }
}
