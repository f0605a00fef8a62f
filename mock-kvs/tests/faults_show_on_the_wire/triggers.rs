//! When a rule acts: at once, at a time, at a message or call, the n-th, every n-th, by chance.

use std::time::Duration;

use super::support::fault;
use super::support::sim::Sim;
use super::{BODY, PATH};

#[tokio::test(start_paused = true)]
async fn from_a_time_on_and_for_a_time() {
    let sim = Sim::new();
    let spec = r#"{"fault": "http-error", "status": 500, "start": "10s", "lasts": "20s"}"#;
    sim.mock.arm(fault(spec)).expect("armed");
    for (after_s, status) in [(9, 200), (2, 500), (17, 500), (3, 200)] {
        tokio::time::sleep(Duration::from_secs(after_s)).await;
        assert_eq!(sim.call(PATH, BODY).await.expect("an answer").status, status, "{after_s}");
    }
    assert!(sim.mock.rules().is_empty(), "healed by itself");
}

#[tokio::test(start_paused = true)]
async fn of_every_layer() {
    let sim = Sim::new();
    let mut master = sim.master().await;
    for spec in [
        r#"{"fault": "refuse", "start": "5s", "lasts": "5s"}"#,
        r#"{"fault": "reconnect-ice", "start": "5s"}"#,
        r#"{"fault": "date-skew", "offset": "+1h", "start": "5s", "lasts": "5s"}"#,
    ] {
        sim.mock.arm(fault(spec)).expect("armed");
    }
    let right_ms = sim.mock.wall_ms();
    assert!(master.is_quiet().await);
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert!(sim.mock.connect_memory("device").await.is_err());
    assert_eq!(master.next().await["messageType"], "RECONNECT_ICE_SERVER");
    assert!(sim.mock.wall_ms() > right_ms + 3_600_000);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert!(sim.mock.connect_memory("device").await.is_ok());
    assert!(sim.mock.wall_ms() < right_ms + 60_000);
}

#[tokio::test(start_paused = true)]
async fn a_rule_healed_before_its_time_never_acts() {
    let sim = Sim::new();
    let spec = r#"{"fault": "http-error", "status": 500, "start": "10s"}"#;
    let rule = sim.mock.arm(fault(spec)).expect("armed");
    assert!(sim.mock.heal(&rule));
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(sim.call(PATH, BODY).await.expect("an answer").status, 200);
}

#[tokio::test(start_paused = true)]
async fn at_the_nth_at_every_nth_and_by_chance() {
    for (trigger, wanted) in [
        (r#""nth": 3"#, vec![3]),
        (r#""every": 3"#, vec![3, 6, 9]),
        (r#""every": 2, "times": 2"#, vec![2, 4]),
        (r#""p": 0.0"#, vec![]),
    ] {
        assert_eq!(failing(trigger).await, wanted, "{trigger}");
    }
    let half = failing(r#""p": 0.5"#).await;
    assert!((1..=9).contains(&half.len()), "{half:?}");
    assert_eq!(half, failing(r#""p": 0.5"#).await, "from the seed");
}

/// Which of ten calls fail.
async fn failing(trigger: &str) -> Vec<u32> {
    let sim = Sim::new();
    let spec = format!(r#"{{"fault": "http-error", "status": 500, {trigger}}}"#);
    sim.mock.arm(fault(&spec)).expect("armed");
    let mut failing = Vec::new();
    for n in 1..=10 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if sim.call(PATH, BODY).await.expect("an answer").status == 500 {
            failing.push(n);
        }
    }
    failing
}
