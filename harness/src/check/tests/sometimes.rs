use super::dsl::*;
use crate::check::Checks;
use crate::check::sometimes::{Sometimes, judge};
use crate::verdict::Verdict;

fn see(what: &str, tale: &Tale) -> Option<usize> {
    what.parse::<Sometimes>().expect("known").seen_in(&tale.history())
}

fn cut(detail: &str) -> Tale {
    let mut tale = Tale::default();
    tale.say(1, "viewer", "peer.send", "type=SDP_OFFER sha=aa as=offer").service(
        2,
        "fault.fired",
        "rule=cut fault=reset",
    );
    let last = tale.history.last_mut().expect("fired");
    last.fields.insert("detail".to_owned(), detail.into());
    tale
}

#[test]
fn each_thing_is_seen_where_it_happened() {
    let tale = cut("reset toward the device after 450 of 900 bytes");
    assert_eq!(see("cut fired", &tale), Some(1));
    assert_eq!(see("cut fired mid-message", &tale), Some(1));
    assert_eq!(see("other fired", &tale), None);
    for detail in ["after 0 of 900 bytes", "after 900 of 900 bytes", "closed toward the device"] {
        assert_eq!(see("cut fired mid-message", &cut(detail)), None, "{detail}");
    }
    assert_eq!(see("offer resent", &tale), None);
    let mut tale = tale;
    tale.say(3, "viewer", "peer.send", "type=SDP_OFFER sha=aa as=offer resend=1");
    assert_eq!(see("offer resent", &tale), Some(2));
    assert_eq!(see("peer.send seen", &tale), Some(0));
    assert_eq!(see("half_open seen", &tale), None);
}

#[test]
fn an_unknown_thing_is_an_error_with_the_nearest_one() {
    let refused = |text: &str| text.parse::<Sometimes>().expect_err("unknown").to_string();
    insta::assert_snapshot!(refused("cut fired midmessage"), @"`cut fired midmessage` is not something the harness can look for; it knows `NAME fired`, `NAME fired mid-message`, `NAME resent` and `EVENT seen`; did you mean `cut fired mid-message`?");
    insta::assert_snapshot!(refused("cut"), @"`cut` is not something the harness can look for; it knows `NAME fired`, `NAME fired mid-message`, `NAME resent` and `EVENT seen`");
    let in_a_file = serde_json::from_str::<Checks>(r#"{"sometimes":["offer resend"]}"#);
    insta::assert_snapshot!(in_a_file.expect_err("unknown"), @"`offer resend` is not something the harness can look for; it knows `NAME fired`, `NAME fired mid-message`, `NAME resent` and `EVENT seen`; did you mean `offer resent`? at line 1 column 29");
}

#[test]
fn judged_over_all_runs_once_all_ran() {
    let cut: Sometimes = "cut fired".parse().expect("known");
    let back: Sometimes = "half_open seen".parse().expect("known");
    let all = judge(&[(cut.clone(), true), (back.clone(), true)], true);
    insta::assert_snapshot!(expect(Verdict::Pass, all), @"sometimes: required in at least one run: `cut fired`, `half_open seen`; found all of it");
    let some = [(cut, true), (back, false)];
    insta::assert_snapshot!(expect(Verdict::Fail, judge(&some, true)), @"sometimes: required in at least one run: `cut fired`, `half_open seen`; found `half_open seen` in no run");
    insta::assert_snapshot!(expect(Verdict::Inconclusive, judge(&some, false)), @"sometimes: required in at least one run: `cut fired`, `half_open seen`; found `half_open seen` in no run so far, and not all ran");
}
