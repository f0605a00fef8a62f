//! Whatever bytes come in, the parsers return, nothing panics, and the service goes on.

mod admin;
mod http;
mod parsers;
#[path = "../support/mod.rs"]
mod support;
mod websocket;

use std::cell::Cell;
use std::sync::OnceLock;

use mock_kvs::{Authority, Config, Quotas};
use proptest::prelude::*;
use serde_json::{Map, Value};
use support::sim::Sim;

/// Runs one case on a paused runtime, and fails when a task of the mock panicked in it: the runtime
/// would keep that to itself.
fn run(case: impl AsyncFnOnce(Sim)) {
    // All of a case is on this thread; what other tests do is their affair.
    thread_local!(static PANICS: Cell<usize> = const { Cell::new(0) });
    static HOOK: OnceLock<()> = OnceLock::new();
    HOOK.get_or_init(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANICS.set(PANICS.get() + 1);
            before(info);
        }));
    });
    PANICS.set(0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        case(Sim::with(config())).await;
    });
    assert_eq!(PANICS.get(), 0, "a task panicked");
}

/// Without quotas: what is looked for lies behind them.
fn config() -> Config {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    let authority = AUTHORITY.get_or_init(|| Authority::new().expect("an authority")).clone();
    let quotas = Quotas { calls: false, connects: false, ..Quotas::default() };
    Config { authority: Some(authority), quotas, ..Config::default() }
}

/// Any JSON, its keys and some of its texts out of a vocabulary, so that it gets far.
fn json(keys: &'static [&'static str], texts: &'static [&'static str]) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..20_i64).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        prop::sample::select(texts).prop_map(Value::from),
    ];
    let nested = leaf.prop_recursive(3, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            members(keys, inner),
        ]
    });
    nested.boxed()
}

/// An object with some of the keys.
fn members(
    keys: &'static [&'static str],
    value: impl Strategy<Value = Value>,
) -> impl Strategy<Value = Value> {
    let member = (prop::sample::select(keys).prop_map(str::to_owned), value);
    prop::collection::vec(member, 0..6)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()))
}
