//! Whatever is set as a secret, and however it is set, it shows in no line.

mod support;

use proptest::prelude::*;
use support::{Bench, Board};

/// A secret that cannot be in a line by chance.
fn secret() -> impl Strategy<Value = String> {
    "[A-Za-z0-9/+=]{12,120}"
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_line_holds_a_secret(
        access_key_id in "[A-Z0-9]{16,24}",
        secret_key in secret(),
        token in secret(),
        key in prop::sample::select(vec!["secret.session_token", "secret.iot_key", "secret.typo", "secret.", "ca"]),
        in_parts in any::<bool>(),
    ) {
        let board = Board::default();
        let mut bench = Bench::new(&board);
        bench.provision();
        for (name, value) in
            [("secret.access_key_id", &access_key_id), ("secret.secret_key", &secret_key)]
        {
            bench.answer("set", &[("key", name), ("value", value)]);
        }
        if in_parts {
            let (first, second) = token.split_at(token.len() / 2);
            bench.answer("set", &[("key", key), ("value", first), ("part", "1/2")]);
            bench.answer("set", &[("key", key), ("value", second), ("part", "2/2")]);
        } else {
            bench.answer("set", &[("key", key), ("value", &token)]);
        }
        bench.answer("credentials", &[]);
        bench.answer("start", &[]);
        bench.until_event("connected");
        for name in ["gauges", "metrics", "hello"] {
            prop_assert_eq!(bench.answer(name, &[]), "ack");
        }
        for line in board.lines() {
            let line = support::Reported::parse(&line);
            for (field, value) in &line.fields {
                for secret in [&access_key_id, &secret_key, &token] {
                    prop_assert!(!value.contains(secret.as_str()), "{field}={value}");
                }
            }
        }
    }
}
