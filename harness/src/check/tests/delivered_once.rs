use super::dsl::*;
use crate::check::Role;
use crate::verdict::Verdict;

const ONCE: &str = r#"{"delivered_once":{}}"#;
const OFFER: &str = r#"{"delivered_once":{"message":"offer"}}"#;

fn connected() -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "reset=power").device(30, "connected", "link=1").say(
        40,
        "viewer",
        "peer.open",
        "role=viewer client_id=v1",
    );
    tale
}

/// One message of the viewer on its way to the device, without its arrival.
fn offered(tale: &mut Tale, ms: u64, kind: &str, sha: &str) {
    tale.say(ms, "viewer", "peer.send", &format!("type={kind} sha={sha} as=offer"))
        .say(ms + 1, "service", "ws.in", &format!("actor=viewer type={kind} from=v1 sha={sha}"))
        .service(ms + 2, "ws.out", &format!("conn=1 type={kind} from=v1 sha={sha}"));
}

fn arrived(tale: &mut Tale, ms: u64, kind: &str, sha: &str) {
    tale.device(ms, "in", &format!("link=1 from=v1 type={kind} sha={sha}"));
}

fn answered(tale: &mut Tale, ms: u64, sha: &str) {
    tale.device(ms, "out", &format!("ticket=1 to=v1 type=SDP_ANSWER sha={sha}"))
        .service(ms + 2, "ws.in", &format!("type=SDP_ANSWER from=master to=v1 sha={sha}"))
        .say(ms + 4, "viewer", "peer.recv", &format!("type=SDP_ANSWER sha={sha}"));
}

fn conversation() -> Tale {
    let mut tale = connected();
    offered(&mut tale, 100, "SDP_OFFER", "aa");
    arrived(&mut tale, 104, "SDP_OFFER", "aa");
    offered(&mut tale, 110, "ICE_CANDIDATE", "c1");
    arrived(&mut tale, 114, "ICE_CANDIDATE", "c1");
    answered(&mut tale, 120, "bb");
    tale.harness(3_000, "note", "");
    tale
}

#[test]
fn holds_when_everything_arrives_once() {
    insta::assert_snapshot!(holds(ONCE, &conversation()), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found 2 messages to the device and 1 message from it, each once");
    insta::assert_snapshot!(holds(OFFER, &conversation()), @"delivered_once: required `offer` delivered exactly once or its loss reported, each sender's in order; found 2 messages to the device and 0 messages from it, each once");
}

#[test]
fn the_same_bytes_sent_again_are_the_same_message() {
    let mut tale = conversation();
    offered(&mut tale, 500, "SDP_OFFER", "aa");
    tale.device(504, "duplicate", "link=1 from=v1 type=SDP_OFFER sha=aa");
    tale.say(508, "viewer", "peer.recv", "type=SDP_ANSWER sha=bb");
    holds(ONCE, &tale);
    arrived(&mut tale, 510, "SDP_OFFER", "aa");
    insta::assert_snapshot!(fails(ONCE, &tale), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found SDP_OFFER aa from v1 was delivered 2 times");
}

#[test]
fn fails_when_a_message_is_lost_without_a_word() {
    let mut tale = conversation();
    offered(&mut tale, 200, "ICE_CANDIDATE", "c2");
    insta::assert_snapshot!(fails(ONCE, &tale), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found ICE_CANDIDATE c2 from v1 was never delivered, though the service wrote it to connection 1");
    tale.service(300, "conn.end", "conn=1 why=reset by=fault");
    insta::assert_snapshot!(fails(ONCE, &tale), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found ICE_CANDIDATE c2 from v1 was never delivered: the service wrote it to connection 1, which ended");
    holds(r#"{"delivered_once":{"lost_in_cut":true}}"#, &tale);

    let mut tale = conversation();
    tale.say(200, "viewer", "peer.send", "type=SDP_OFFER sha=dd corr=k").say(
        201,
        "service",
        "ws.in",
        "actor=viewer type=SDP_OFFER from=v1 sha=dd",
    );
    insta::assert_snapshot!(fails(ONCE, &tale), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found SDP_OFFER dd from v1 was never delivered: the service took it and never wrote it to the device");
    tale.say(210, "viewer", "peer.recv", "type=STATUS_RESPONSE corr=other");
    fails(ONCE, &tale);
    tale.say(211, "viewer", "peer.recv", "type=STATUS_RESPONSE corr=k");
    holds(ONCE, &tale);
}

#[test]
fn a_newer_offer_replaces_one_that_was_never_written() {
    let mut tale = conversation();
    tale.say(200, "viewer", "peer.send", "type=SDP_OFFER sha=dd")
        .say(201, "service", "ws.in", "actor=viewer type=SDP_OFFER from=v1 sha=dd")
        .service(210, "dropped", "type=SDP_OFFER why=replaced");
    holds(ONCE, &tale);
}

#[test]
fn fails_when_a_message_of_the_device_is_lost_or_doubled() {
    let mut tale = conversation();
    tale.device(200, "out", "ticket=2 to=v1 type=ICE_CANDIDATE sha=c9");
    insta::assert_snapshot!(fails(ONCE, &tale), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found ICE_CANDIDATE c9 to v1: it never reached the service, and the application was not told");
    let mut taken = conversation();
    taken.device(200, "out", "ticket=2 to=v1 type=ICE_CANDIDATE sha=c9");
    taken.service(202, "ws.in", "type=ICE_CANDIDATE from=master to=v1 sha=c9");
    insta::assert_snapshot!(fails(ONCE, &taken), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found ICE_CANDIDATE c9 to v1: the service took it and the peer never got it");
    tale.device(900, "send_failed", "ticket=2 why=unconfirmed");
    holds(ONCE, &tale);

    let mut tale = conversation();
    tale.say(200, "viewer", "peer.recv", "type=SDP_ANSWER sha=bb");
    insta::assert_snapshot!(fails(ONCE, &tale), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found SDP_ANSWER bb to v1 was received 2 times");
    tale.say(150, "viewer", "peer.send", "type=SDP_OFFER sha=aa resend=1");
    holds(ONCE, &tale);
}

#[test]
fn a_peer_that_left_gets_nothing_and_that_is_no_loss() {
    let mut tale = conversation();
    tale.device(200, "out", "ticket=2 to=v1 type=ICE_CANDIDATE sha=c9").say(
        201,
        "viewer",
        "peer.closed",
        "code=1000 why=local",
    );
    holds(ONCE, &tale);
}

#[test]
fn fails_when_a_senders_messages_change_places_on_a_link() {
    let mut tale = connected();
    offered(&mut tale, 100, "ICE_CANDIDATE", "c1");
    offered(&mut tale, 110, "ICE_CANDIDATE", "c2");
    arrived(&mut tale, 120, "ICE_CANDIDATE", "c2");
    arrived(&mut tale, 121, "ICE_CANDIDATE", "c1");
    insta::assert_snapshot!(fails(ONCE, &tale), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found ICE_CANDIDATE c1 from v1 was delivered after ICE_CANDIDATE c2, which the service wrote later");
}

#[test]
fn an_order_that_the_service_chose_is_no_fault_of_the_device() {
    let mut tale = connected();
    tale.say(100, "viewer", "peer.send", "type=ICE_CANDIDATE sha=c1")
        .say(101, "viewer", "peer.send", "type=ICE_CANDIDATE sha=c2")
        .service(110, "ws.out", "conn=1 type=ICE_CANDIDATE from=v1 sha=c2")
        .service(111, "ws.out", "conn=1 type=ICE_CANDIDATE from=v1 sha=c1");
    arrived(&mut tale, 120, "ICE_CANDIDATE", "c2");
    arrived(&mut tale, 121, "ICE_CANDIDATE", "c1");
    holds(ONCE, &tale);
}

#[test]
fn cannot_tell_what_was_never_sent_never_arrived_or_is_still_under_way() {
    insta::assert_snapshot!(unknown(ONCE, &connected()), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found no sending of each message");
    insta::assert_snapshot!(unknown(r#"{"delivered_once":{"message":"other"}}"#, &conversation()), @"delivered_once: required `other` delivered exactly once or its loss reported, each sender's in order; found no sending of `other`");
    let mut tale = conversation();
    tale.say(200, "viewer", "peer.send", "type=SDP_OFFER sha=dd");
    insta::assert_snapshot!(unknown(ONCE, &tale), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found SDP_OFFER dd from v1 was never delivered: it never reached the service");
    tale.say(210, "viewer", "peer.closed", "why=reset");
    holds(ONCE, &tale);
    let mut tale = connected();
    offered(&mut tale, 100, "SDP_OFFER", "aa");
    insta::assert_snapshot!(unknown(ONCE, &tale), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found SDP_OFFER aa from v1 was never delivered, though the service wrote it to connection 1 before the run ended");
    let mut tale = conversation();
    tale.history.remove(2);
    tale.history.retain(|record| record.event != "connected");
    assert!(unknown(ONCE, &tale).contains("line 1 of the trace is missing"));
}

#[test]
fn what_the_liveness_phase_leaves_under_way_is_not_judged() {
    let mut tale = conversation();
    tale.harness(3_100, "phase", "name=liveness").device(
        3_200,
        "out",
        "ticket=9 to=v1 type=ICE_CANDIDATE sha=c9",
    );
    holds(ONCE, &tale);
    offered(&mut tale, 3_210, "SDP_OFFER", "zz");
    holds(ONCE, &tale);
    tale.harness(9_000, "note", "");
    fails(ONCE, &tale);
}

#[test]
fn without_a_trace_it_is_skipped_with_the_reason() {
    let result = judge_in(ONCE, &conversation(), |context| context.meets.clear());
    insta::assert_snapshot!(expect(Verdict::Skip, result), @"delivered_once: no `trace`");
}

#[test]
fn a_viewers_messages_come_from_the_master() {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .device(30, "connected", "link=1")
        .say(40, "rival", "peer.open", "role=master client_id=")
        .say(100, "rival", "peer.send", "type=SDP_ANSWER sha=aa to=device-1")
        .service(101, "ws.out", "conn=1 type=SDP_ANSWER from=master sha=aa")
        .device(102, "in", "link=1 from= type=SDP_ANSWER sha=aa");
    let judged = |tale: &Tale| judge_in(ONCE, tale, |context| context.role = Role::Viewer);
    expect(Verdict::Pass, judged(&tale));
    tale.device(103, "in", "link=1 from= type=SDP_ANSWER sha=aa");
    insta::assert_snapshot!(expect(Verdict::Fail, judged(&tale)), @"delivered_once: required each message delivered exactly once or its loss reported, each sender's in order; found SDP_ANSWER aa from the master was delivered 2 times");
}
