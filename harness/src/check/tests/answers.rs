use super::dsl::*;
use crate::check::Role;
use crate::verdict::Verdict;

const ANSWERS: &str = r#"{"answers":{}}"#;
const ALL: &str = r#"{"answers":{"all":true}}"#;

fn asked() -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .say(10, "anna", "peer.open", "role=viewer client_id=a")
        .say(11, "bert", "peer.open", "role=viewer client_id=b")
        .say(20, "anna", "peer.send", "type=SDP_OFFER sha=oa as=first")
        .say(21, "bert", "peer.send", "type=SDP_OFFER sha=ob as=second");
    tale
}

fn answered() -> Tale {
    let mut tale = asked();
    tale.device(30, "out", "ticket=1 to=a type=SDP_ANSWER sha=xa")
        .device(31, "out", "ticket=2 to=b type=SDP_ANSWER sha=xb")
        .say(40, "anna", "peer.recv", "type=SDP_ANSWER sha=xa of=oa")
        .say(41, "bert", "peer.recv", "type=SDP_ANSWER sha=xb of=ob")
        .harness(2_000, "note", "");
    tale
}

#[test]
fn holds_when_each_viewer_gets_its_answer() {
    insta::assert_snapshot!(holds(ANSWERS, &answered()), @"answers: required each offer answered at most once, to the viewer that made it; found 2 offers, 2 answered");
    holds(ALL, &answered());
}

#[test]
fn the_same_answer_again_needs_the_offer_again() {
    let mut tale = answered();
    tale.say(60, "anna", "peer.recv", "type=SDP_ANSWER sha=xa of=oa");
    insta::assert_snapshot!(fails(ANSWERS, &tale), @"answers: required each offer answered at most once, to the viewer that made it; found SDP_OFFER oa from a was sent once and its answer came 2 times");
    tale.say(50, "anna", "peer.send", "type=SDP_OFFER sha=oa resend=1");
    holds(ANSWERS, &tale);
}

#[test]
fn fails_on_a_second_and_on_an_unasked_answer() {
    let mut tale = answered();
    tale.say(60, "anna", "peer.recv", "type=SDP_ANSWER sha=zz of=oa");
    insta::assert_snapshot!(fails(ANSWERS, &tale), @"answers: required each offer answered at most once, to the viewer that made it; found SDP_OFFER oa from a got 2 different answers (and 1 more)");
    let mut tale = answered();
    tale.say(60, "anna", "peer.recv", "type=SDP_ANSWER sha=zz");
    insta::assert_snapshot!(fails(ANSWERS, &tale), @"answers: required each offer answered at most once, to the viewer that made it; found anna got 2 answers to 1 offer");
}

#[test]
fn fails_when_two_viewers_are_crossed() {
    let mut tale = answered();
    for record in &mut tale.history {
        if record.event == "peer.recv" {
            let other = if record.says("sha", "xa") { "xb" } else { "xa" };
            record.fields.insert("sha".to_owned(), other.into());
        }
    }
    insta::assert_snapshot!(fails(ANSWERS, &tale), @"answers: required each offer answered at most once, to the viewer that made it; found a got answer xb, which was for b (and 1 more)");
    // Without a trace only that both got the same one shows it.
    let mut tale = answered();
    tale.say(60, "anna", "peer.send", "type=SDP_OFFER sha=oc").say(
        61,
        "anna",
        "peer.recv",
        "type=SDP_ANSWER sha=xb of=oc",
    );
    let result = judge_in(ANSWERS, &tale, |context| context.meets.clear());
    insta::assert_snapshot!(expect(Verdict::Fail, result), @"answers: required each offer answered at most once, to the viewer that made it; found a got answer xb, which was for b");
}

#[test]
fn an_unanswered_offer_fails_only_when_all_must_be_answered() {
    let mut tale = asked();
    tale.harness(2_000, "note", "");
    holds(ANSWERS, &tale);
    insta::assert_snapshot!(fails(ALL, &tale), @"answers: required each offer answered exactly once, to the viewer that made it; found SDP_OFFER oa from a was not answered in 1.980 s (and 1 more)");
    insta::assert_snapshot!(unknown(ALL, &asked()), @"answers: required each offer answered exactly once, to the viewer that made it; found SDP_OFFER oa from a was not answered in 0.001 s (and 1 more)");
    let named = r#"{"answers":{"message":"first","all":true}}"#;
    fails(named, &tale);
    tale.say(30, "anna", "peer.recv", "type=SDP_ANSWER sha=xa of=oa");
    holds(named, &tale);
}

#[test]
fn cannot_tell_without_offers() {
    insta::assert_snapshot!(unknown(ANSWERS, &Tale::default()), @"answers: required each offer answered at most once, to the viewer that made it; found no sending of each offer");
    let result = judge_in(ANSWERS, &answered(), |context| context.role = Role::Viewer);
    insta::assert_snapshot!(expect(Verdict::Inconclusive, result), @"answers: required each offer answered at most once, to the viewer that made it; found the device is a viewer: it makes offers and answers none");
}
