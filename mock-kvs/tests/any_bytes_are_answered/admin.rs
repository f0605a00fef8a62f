//! What arms faults and changes the service: any JSON of about the right form.

use mock_kvs::Change;
use mock_kvs::fault::{FaultKind, FaultSpec};
use proptest::prelude::*;
use serde_json::Value;

use super::{json, members, run};

const FIELDS: &[&str] = &[
    "as",
    "actor",
    "toward",
    "on",
    "call",
    "nth",
    "every",
    "times",
    "p",
    "at",
    "after",
    "delay",
    "jitter",
    "distribution",
    "rate",
    "status",
    "error",
    "message",
    "code",
    "reason",
    "bytes",
    "body",
    "offset",
];

const WORDS: &[&str] = &[
    "device",
    "service",
    "both",
    "SDP_OFFER",
    "GO_AWAY",
    "any",
    "describe",
    "connect",
    "1ms",
    "0s",
    "1B",
    "64KiB",
    "50%",
    "0%",
    "+7m",
    "-1h",
    "uniform",
    "pareto",
    "10kB/s",
    "18446744073709551615B",
];

const CHANGES: &[&str] = &[
    "change",
    "key",
    "channel",
    "status",
    "to",
    "actor",
    "role",
    "client_id",
    "code",
    "offset_ms",
];

const CHANGE_WORDS: &[&str] = &[
    "expire-credentials",
    "revoke-credentials",
    "create-channel",
    "delete-channel",
    "channel-status",
    "go-away",
    "reconnect-ice",
    "close",
    "displace",
    "drop-connection",
    "clock",
    "front-door",
    "UPDATING",
    "master",
    "viewer",
    "device",
];

/// A fault with each of a few fields of any value: many are refused, some stand.
fn spec() -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(FaultKind::ALL.to_vec());
    let field = prop_oneof![
        prop::sample::select(WORDS).prop_map(Value::from),
        (0..5_u32).prop_map(Value::from),
        prop::sample::select(&[400_u32, 503, 1001, 4000][..]).prop_map(Value::from),
        (0.0..1.2_f64).prop_map(Value::from),
        json(FIELDS, WORDS),
    ];
    (kind, members(FIELDS, field)).prop_map(|(kind, mut spec)| {
        spec["fault"] = kind.word().into();
        spec
    })
}

proptest! {
    #[test]
    fn any_fault_is_armed_or_refused(specs in prop::collection::vec(spec(), 1..6)) {
        run(async |sim| {
            let mut viewer = sim.viewer("kitchen").await;
            for spec in specs {
                let Ok(spec) = serde_json::from_value::<FaultSpec>(spec) else { continue };
                // What is written is read again.
                let again = serde_json::to_value(&spec).expect("JSON");
                assert_eq!(serde_json::from_value::<FaultSpec>(again).expect("a fault"), spec);
                let _ = sim.mock.arm(spec);
            }
            // Whatever stands: it may be felt, and is gone when healed.
            let body = r#"{"ChannelName": "front-door"}"#;
            let path = "/describeSignalingChannel";
            let call = sim.call(path, body);
            let _ = tokio::time::timeout(std::time::Duration::from_secs(60), call).await;
            viewer.stream.close(None).await.ok();
            sim.mock.heal_all();
            let answer = sim.call(path, body).await.expect("an answer");
            assert_eq!(answer.status, 200, "{answer:?}");
        });
    }

    #[test]
    fn any_change_is_made_or_refused(
        changes in prop::collection::vec(members(CHANGES, json(CHANGES, CHANGE_WORDS)), 1..6),
        word in prop::sample::select(&CHANGE_WORDS[..11]),
    ) {
        run(async |sim| {
            let _viewer = sim.viewer("kitchen").await;
            for mut change in changes {
                change["change"] = word.into();
                if let Ok(change) = serde_json::from_value::<Change>(change) {
                    let _ = sim.mock.change(&change);
                }
            }
            tokio::task::yield_now().await;
            let _ = sim.mock.change(&Change::Clock { offset_ms: 0 });
            let keys = sim.mock.issue_credentials(None);
            let sim = super::Sim { keys, ..sim };
            let answer = sim.call("/listSignalingChannels", "{}").await.expect("an answer");
            assert_eq!(answer.status, 200, "{answer:?}");
        });
    }
}
