use super::dsl::*;

const STORM: &str = r#"{"storm":{}}"#;

fn connects(times_ms: impl IntoIterator<Item = u64>) -> Tale {
    let mut tale = Tale::default();
    for (conn, ms) in times_ms.into_iter().enumerate() {
        tale.service(ms, "upgrade", &format!("conn={conn} status=101"));
    }
    tale
}

#[test]
fn holds_at_the_limit_and_fails_above_it() {
    insta::assert_snapshot!(holds(STORM, &connects([0, 400, 800, 1_000, 1_400])), @"storm: required at most 3 connects a second, 500 an hour; found 5 connects, at most 3 a second, 5 an hour");
    insta::assert_snapshot!(fails(STORM, &connects([0, 400, 800, 999])), @"storm: required at most 3 connects a second, 500 an hour; found 4 connects in one second");
    insta::assert_snapshot!(holds(STORM, &connects((0..500).map(|n| n * 7_000))), @"storm: required at most 3 connects a second, 500 an hour; found 500 connects, at most 1 a second, 500 an hour");
    insta::assert_snapshot!(fails(STORM, &connects((0..501).map(|n| n * 7_000))), @"storm: required at most 3 connects a second, 500 an hour; found 501 connects in one hour");
    holds(r#"{"storm":{"per_second":4}}"#, &connects([0, 400, 800, 999]));
}

#[test]
fn refused_and_fruitless_connections_count_and_calls_do_not() {
    let mut tale = Tale::default();
    for ms in 0..4 {
        tale.service(ms, "conn.end", "why=refused by=fault");
    }
    assert!(fails(STORM, &tale).contains("4 connects in one second"));
    let mut tale = Tale::default();
    for conn in 0..4 {
        tale.service(conn, "accept", &format!("conn={conn}"))
            .service(conn + 1, "request", &format!("conn={conn} api=describe"))
            .service(conn + 2, "conn.end", &format!("conn={conn} why=fin"));
    }
    unknown(STORM, &tale);
    tale.history.retain(|record| record.event != "request");
    fails(STORM, &tale);
}

#[test]
fn cannot_tell_without_connects() {
    insta::assert_snapshot!(unknown(STORM, &Tale::default()), @"storm: required at most 3 connects a second, 500 an hour; found the device did not connect at all");
}
