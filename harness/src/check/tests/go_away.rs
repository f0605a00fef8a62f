use super::dsl::*;

const GO_AWAY: &str = r#"{"go_away":{}}"#;

fn told(back_ms: u64) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "")
        .service(30, "ws.open", "conn=1 role=master")
        .device(31, "connected", "link=1")
        .say(40, "viewer", "peer.open", "role=viewer client_id=v1")
        .service(1_000, "goaway.sent", "conn=1")
        .service(1_050, "request", "conn=2 api=endpoint")
        .device(back_ms - 1, "hello", "")
        .service(back_ms, "ws.open", "conn=3 role=master")
        .harness(90_000, "note", "");
    tale
}

#[test]
fn holds_when_the_device_moves_over() {
    insta::assert_snapshot!(holds(GO_AWAY, &told(1_300)), @"go_away: required connected anew with a new endpoint within 60.000 s of GO_AWAY, no message lost; found 1 GO_AWAY obeyed, the longest in 0.300 s");
}

#[test]
fn fails_late_never_or_without_a_new_endpoint() {
    insta::assert_snapshot!(fails(GO_AWAY, &told(61_001)), @"go_away: required connected anew with a new endpoint within 60.000 s of GO_AWAY, no message lost; found connected anew only after 60.001 s");
    let mut never = told(1_300);
    never.history.retain(|record| record.uint("conn") != Some(3));
    insta::assert_snapshot!(fails(GO_AWAY, &never), @"go_away: required connected anew with a new endpoint within 60.000 s of GO_AWAY, no message lost; found not connected anew in 89.000 s");
    let mut old = told(1_300);
    old.history.retain(|record| record.event != "request");
    insta::assert_snapshot!(fails(GO_AWAY, &old), @"go_away: required connected anew with a new endpoint within 60.000 s of GO_AWAY, no message lost; found connected anew without asking for a new endpoint");
    holds(r#"{"go_away":{"new_endpoint":false}}"#, &old);
}

#[test]
fn fails_when_a_message_of_the_time_between_is_lost() {
    let mut tale = told(1_300);
    tale.say(1_100, "viewer", "peer.send", "type=SDP_OFFER sha=aa");
    insta::assert_snapshot!(fails(GO_AWAY, &tale), @"go_away: required connected anew with a new endpoint within 60.000 s of GO_AWAY, no message lost; found SDP_OFFER aa from v1 was lost");
    tale.device(1_400, "in", "link=3 from=v1 type=SDP_OFFER sha=aa");
    holds(GO_AWAY, &tale);
    tale.device(1_200, "send_failed", "ticket=3 why=unconfirmed");
    // Lines must stand in the order of their numbers.
    tale.history.sort_by_key(|record| record.t_us);
    let device = tale.history.iter_mut().filter(|record| record.source == "device");
    device.enumerate().for_each(|(seq, record)| record.seq = seq as u64);
    insta::assert_snapshot!(fails(GO_AWAY, &tale), @"go_away: required connected anew with a new endpoint within 60.000 s of GO_AWAY, no message lost; found a message of the device was lost (unconfirmed)");
}

#[test]
fn cannot_tell_without_go_away_or_when_the_run_ended() {
    insta::assert_snapshot!(unknown(GO_AWAY, &Tale::default()), @"go_away: required connected anew with a new endpoint within 60.000 s of GO_AWAY, no message lost; found the service sent the device no GO_AWAY");
    let mut tale = told(1_300);
    tale.history.truncate(6);
    insta::assert_snapshot!(unknown(GO_AWAY, &tale), @"go_away: required connected anew with a new endpoint within 60.000 s of GO_AWAY, no message lost; found not connected anew in 0.050 s, when the run ended");
}
