use super::dsl::*;
use crate::verdict::Verdict;

const BACKOFF: &str = r#"{"backoff":{}}"#;

/// A minimal generator, so that jitter is the same everywhere.
struct Jitter(u64);

impl Jitter {
    fn next(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        self.0 as f64 / 2_147_483_647.0
    }
}

/// An outage from the start with these gaps between attempts.
fn outage(gaps_ms: &[u64]) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "reset=power");
    let mut ms = 10;
    for (attempt, gap) in gaps_ms.iter().enumerate() {
        let link = attempt + 1;
        tale.device(ms, "open", &format!("link={link} type=https attempt={attempt}"));
        tale.device(ms + 1, "closed", &format!("link={link} type=https why=refused"));
        tale.device(ms + 1, "retry", &format!("attempt={attempt} wait_ms={gap}"));
        ms += 1 + gap;
    }
    tale.device(ms, "open", "link=99 type=https");
    tale
}

fn wait_ms(n: usize) -> u64 {
    100_u64.checked_shl(n as u32).unwrap_or(u64::MAX).min(10_000)
}

/// What a correct client waits, attempt by attempt.
fn correct(count: usize) -> Vec<u64> {
    let mut jitter = Jitter(4_711);
    (0..count).map(|n| wait_ms(n) + (jitter.next() * wait_ms(n) as f64) as u64).collect()
}

#[test]
fn holds_for_growing_capped_jittered_gaps() {
    insta::assert_snapshot!(holds(BACKOFF, &outage(&correct(8))), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found 8 gaps from 0.110 s to 10.175 s");
    insta::assert_snapshot!(holds(BACKOFF, &outage(&correct(60))), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found 60 gaps from 0.110 s to 19.969 s");
}

#[test]
fn fails_for_constant_and_for_linear_gaps() {
    insta::assert_snapshot!(fails(BACKOFF, &outage(&[150, 150, 150, 150])), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found gap 2 was 0.150 s, outside [0.200 s, 0.400 s) for n = 1; all gaps (constant): 0.150 s, 0.150 s, 0.150 s, 0.150 s (and 2 more)");
    insta::assert_snapshot!(fails(BACKOFF, &outage(&[150, 300, 450, 600, 750])), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found gap 4 was 0.600 s, outside [0.800 s, 1.600 s) for n = 3; all gaps (linear): 0.150 s, 0.300 s, 0.450 s, 0.600 s, 0.750 s (and 1 more)");
}

#[test]
fn fails_above_the_cap_and_below_the_first_wait() {
    let mut gaps = correct(9);
    gaps[8] = 20_400;
    insta::assert_snapshot!(fails(BACKOFF, &outage(&gaps)), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found gap 9 was 20.400 s, outside [10.000 s, 20.000 s) for n = 8; all gaps: 0.110 s, 0.317 s, 0.788 s, 1.104 s, 1.662 s, 5.211 s, 6.727 s, 10.175 s, 20.400 s");
    insta::assert_snapshot!(fails(BACKOFF, &outage(&[20])), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found gap 1 was 0.020 s, outside [0.100 s, 0.200 s) for n = 0; all gaps: 0.020 s");
}

#[test]
fn the_edges_of_the_window_are_where_they_are_said_to_be() {
    holds(BACKOFF, &outage(&[100]));
    holds(BACKOFF, &outage(&[201]));
    fails(BACKOFF, &outage(&[97]));
    fails(BACKOFF, &outage(&[202]));
    let slow = |gap| judge_in(BACKOFF, &outage(&[gap]), |c| c.slack_us = 50_000).verdict;
    assert_eq!((slow(401), slow(402)), (Verdict::Pass, Verdict::Fail));
}

#[test]
fn warns_without_jitter() {
    let gaps: Vec<u64> = (0..8).map(wait_ms).collect();
    let result = judge(BACKOFF, &outage(&gaps));
    insta::assert_snapshot!(expect(Verdict::Warn, result), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found 8 gaps without jitter: all at 0 % to 0 % of their window");
}

#[test]
fn fails_for_jitter_that_is_not_uniform() {
    let mut jitter = Jitter(4_711);
    let squeezed: Vec<u64> =
        (0..60).map(|n| wait_ms(n) + (jitter.next() * 0.5 * wait_ms(n) as f64) as u64).collect();
    insta::assert_snapshot!(fails(BACKOFF, &outage(&squeezed)), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found the jitter of 60 gaps is not uniform: distance 0.502, more than 0.207 (1 %)");
    // Too few to judge a distribution by.
    holds(BACKOFF, &outage(&squeezed[..20]));
}

#[test]
fn cannot_tell_without_gaps() {
    insta::assert_snapshot!(unknown(BACKOFF, &outage(&[])), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found 0 gaps, fewer than 1");
    insta::assert_snapshot!(unknown(r#"{"backoff":{"at_least":5}}"#, &outage(&correct(3))), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found 3 gaps, fewer than 5");
    let mut holed = outage(&correct(3));
    holed.history.remove(3);
    insta::assert_snapshot!(unknown(BACKOFF, &holed), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found line 3 of the trace is missing: what was said there is unknown");
}

#[test]
fn another_clients_policy_is_judged_by_its_own_envelope() {
    let aws = r#"{"backoff":{"base":"1s","cap":"16s","least":0.0,"most":1.0}}"#;
    insta::assert_snapshot!(holds(aws, &outage(&[30, 1_700, 90, 7_000])), @"backoff: required gaps in [0w, 1w) with w = min(16.000 s, 1.000 s * 2^n), n from 0 after 30.000 s CONNECTED; found 4 gaps from 0.030 s to 7.000 s");
    fails(aws, &outage(&[30, 2_700]));
    fails(BACKOFF, &outage(&[30, 1_700]));
}

/// Two failures, a connection of `lived_ms`, and then a failure with this gap.
fn after_session(lived_ms: u64, gap_ms: u64) -> Tale {
    let mut tale = outage(&[150, 350]);
    let ms = 10 + 2 + 500;
    tale.device(ms + 30, "connected", "link=99 attempt=2");
    let lost = ms + 30 + lived_ms;
    tale.device(lost, "closed", "link=99 type=wss why=reset")
        .device(lost, "state", "from=Connected to=Waiting why=link_lost")
        .device(lost, "retry", "attempt=9")
        .device(lost + gap_ms, "open", "link=100 type=wss");
    tale
}

#[test]
fn only_a_stable_session_starts_over() {
    holds(BACKOFF, &after_session(1_000, 500));
    insta::assert_snapshot!(fails(BACKOFF, &after_session(1_000, 150)), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found gap 3 was 0.150 s, outside [0.400 s, 0.800 s) for n = 2; all gaps: 0.150 s, 0.350 s, 0.150 s");
    holds(BACKOFF, &after_session(40_000, 150));
    insta::assert_snapshot!(fails(BACKOFF, &after_session(40_000, 500)), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found gap 3 was 0.500 s, outside [0.100 s, 0.200 s) for n = 0; all gaps: 0.150 s, 0.350 s, 0.500 s");
    // To within what timers may be late either is right, and nothing else.
    holds(BACKOFF, &after_session(30_000, 150));
    holds(BACKOFF, &after_session(29_999, 500));
    fails(BACKOFF, &after_session(30_000, 1_900));
}

#[test]
fn a_socket_lost_and_opened_again_at_once_is_seen_without_a_retry_line() {
    let mut tale = after_session(1_000, 0);
    tale.history.retain(|record| record.text("attempt") != Some("9") || record.event != "retry");
    tale.history.iter_mut().enumerate().for_each(|(seq, record)| record.seq = seq as u64);
    assert!(fails(BACKOFF, &tale).contains("gap 3 was 0.000 s"));
    let mut tale = after_session(1_000, 500);
    tale.device(3_000, "half_open", "link=100 silent_ms=1")
        .device(3_001, "closed", "link=100 type=wss why=local")
        .device(3_002, "open", "link=101 type=wss");
    assert!(fails(BACKOFF, &tale).contains("gap 4 was 0.002 s"));
}

#[test]
fn leaving_as_told_and_refreshing_beside_the_socket_are_no_failures() {
    let mut tale = after_session(1_000, 500);
    tale.device(3_000, "connected", "link=100")
        .device(4_000, "retry", "attempt=0 why=call_timeout")
        .device(4_001, "closed", "link=7 type=https why=timeout")
        .device(4_002, "open", "link=101 type=https")
        .device(5_000, "go_away", "link=100")
        .device(5_000, "state", "from=Connected to=Leaving why=go_away")
        .device(5_100, "closed", "link=100 type=wss why=local")
        .device(5_101, "open", "link=102 type=wss");
    assert!(holds(BACKOFF, &tale).contains("found 3 gaps"));
}

#[test]
fn only_gaps_after_the_named_point_are_judged_but_all_are_counted() {
    let mut tale = outage(&[150, 350, 500]);
    tale.service(300, "fault.fired", "rule=cut fault=reset");
    assert!(holds(r#"{"backoff":{"since":"cut"}}"#, &tale).contains("found 1 gap from 0.500 s"));
}

#[test]
fn without_a_trace_the_service_tells() {
    let mut tale = Tale::default();
    let mut ms = 0;
    for (conn, gap) in correct(6).into_iter().enumerate() {
        tale.service(ms, "accept", &format!("conn={conn}"));
        tale.service(ms + 1, "conn.end", &format!("conn={conn} why=reset by=fault"));
        ms += 1 + gap;
    }
    let judged = |tale: &Tale| judge_in(BACKOFF, tale, |context| context.meets.clear());
    insta::assert_snapshot!(expect(Verdict::Pass, judged(&tale)), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found 5 gaps from 0.110 s to 1.662 s");
    tale.service(ms, "accept", "conn=90").service(ms + 1, "conn.end", "conn=90 why=fin");
    tale.service(ms + 100, "accept", "conn=91");
    insta::assert_snapshot!(expect(Verdict::Fail, judged(&tale)), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found gap 7 was 0.099 s, outside [6.400 s, 12.800 s) for n = 6; all gaps: 0.110 s, 0.317 s, 0.788 s, 1.104 s, 1.662 s, 5.211 s, 0.099 s");
}

#[test]
fn without_a_trace_a_wait_may_begin_with_the_service_s_own_close() {
    let tale = |closed_by: &str, next: u64| {
        let mut tale = Tale::default();
        tale.service(0, "accept", "conn=1")
            .service(1, "ws.open", "conn=1 role=master")
            .service(1_000, "ws.close", &format!("conn=1 code=1001 by={closed_by}"))
            .service(1_080, "conn.end", "conn=1 why=fin by=service")
            .service(next, "accept", "conn=2");
        judge_in(BACKOFF, &tale, |context| context.meets.clear())
    };
    expect(Verdict::Pass, tale("service", 1_110));
    expect(Verdict::Fail, tale("service", 1_090));
    expect(Verdict::Fail, tale("client", 1_110));
}

#[test]
fn without_a_trace_expired_keys_are_put_right_at_once() {
    let tale = |key: &str| {
        let mut tale = Tale::default();
        tale.service(0, "accept", "conn=1")
            .service(1, "ws.open", "conn=1 role=master")
            .service(1_000, "conn.end", "conn=1 why=reset by=fault")
            .service(1_150, "accept", "conn=2")
            .service(1_151, "upgrade", "conn=2 status=403 error=ExpiredTokenException key=aaaa")
            .service(1_152, "conn.end", "conn=2 why=fin by=client")
            .service(1_153, "accept", "conn=3")
            .service(1_154, "upgrade", &format!("conn=3 status=101 key={key}"))
            .service(1_154, "ws.open", "conn=3 role=master");
        judge_in(BACKOFF, &tale, |context| context.meets.clear())
    };
    expect(Verdict::Pass, tale("bbbb"));
    expect(Verdict::Fail, tale("aaaa"));
}

#[test]
fn without_a_trace_what_a_closed_port_refuses_is_unseen() {
    let tale = |later: &[(u64, &str, &str)]| {
        let mut tale = Tale::default();
        tale.service(0, "accept", "conn=1")
            .service(1, "ws.open", "conn=1 role=master")
            .service(1_000, "fault.armed", "rule=outage fault=refuse")
            .service(1_000, "fault.fired", "rule=outage fault=refuse")
            .service(1_001, "conn.end", "conn=1 why=reset by=fault")
            .service(61_000, "fault.healed", "rule=outage fault=refuse")
            .service(68_000, "accept", "conn=2");
        for (ms, event, fields) in later {
            tale.service(*ms, event, fields);
        }
        judge_in(BACKOFF, &tale, |context| context.meets.clear())
    };
    insta::assert_snapshot!(expect(Verdict::Inconclusive, tale(&[])), @"backoff: required gaps in [1w, 2w) with w = min(10.000 s, 0.100 s * 2^n), n from 0 after 30.000 s CONNECTED; found a gap of 66.999 s in or after a time in which refused attempts leave no record");
    // What counts from failures nobody saw cannot be judged either, until a connection was stable.
    let again = [(68_001, "conn.end", "conn=2 why=reset by=fault"), (68_101, "accept", "conn=3")];
    expect(Verdict::Inconclusive, tale(&again));
    let mut stable = vec![(68_000, "ws.open", "conn=2 role=master")];
    stable.extend([(100_000, "conn.end", "conn=2 why=reset by=fault")]);
    stable.extend([(109_000, "accept", "conn=3")]);
    expect(Verdict::Fail, tale(&stable));
}
