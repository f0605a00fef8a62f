use proptest::prelude::*;

use super::milestone::Milestones;
use super::*;
use crate::history::{DEVICE, HARNESS, Record, SERVICE};

fn run() -> Vec<Record> {
    let device = |ms: u64, seq, event| Record::new(ms * 1_000, DEVICE, seq, event).at_device_ms(ms);
    let mut records = vec![
        Record::new(0, HARNESS, 0, "run").with("seed", 7),
        device(1, 0, "hello").with("image", "abcd").with("board", "sim").with("reset", "power"),
        device(2, 1, "open")
            .with("link", 1)
            .with("type", "wss")
            .with("port", 41_234)
            .with("attempt", 0),
        device(90, 2, "connected").with("link", 1).with("attempt", 0),
        Record::new(90_000, SERVICE, 5, "ws.open")
            .with("actor", "device")
            .with("conn", 3)
            .with("role", "master"),
    ];
    for n in 0..3 {
        records.push(device(10_090 + n * 10_000, 3 + n * 2, "ping").with("link", 1));
        records.push(
            device(10_091 + n * 10_000, 4 + n * 2, "pong").with("link", 1).with("took_ms", n),
        );
    }
    records.push(
        device(33_000, 9, "in")
            .with("from", "v1")
            .with("type", "SDP_OFFER")
            .with("sha", "00ff")
            .with("size", 900),
    );
    records.push(device(33_001, 10, "error").with("what", "it is \"odd\" now").with("who", "peer"));
    records
}

fn section(records: impl IntoIterator<Item = Record>) -> Section {
    Section::of("", &records.into_iter().collect())
}

#[test]
fn the_normalised_history_reads_as_documented() {
    insta::assert_snapshot!(section(run()).lines.join("\n"), @r#"
    device hello board=sim reset=power
    device open attempt=0 type=wss
    device connected attempt=0
    service ws.open actor=device role=master
    … 10 to 30 s
    device ping
    device pong
    … 3 to 10 s
    device ping
    device pong
    … 3 to 10 s
    device ping
    device pong
    … 1 to 3 s
    device in from=v1 type=SDP_OFFER
    device error what="it is \"odd\" now" who=peer
    "#);
}

#[test]
fn what_changes_from_run_to_run_does_not_show() {
    let shifted = run().into_iter().map(|mut record| {
        record.t_us += 17;
        record.seq += 100;
        for (name, value) in &mut record.fields {
            if ["link", "conn", "port", "took_ms", "sha", "seed", "image"].contains(&name.as_str())
            {
                *value = "other".into();
            }
        }
        record
    });
    assert_eq!(section(shifted), section(run()));
}

#[test]
fn no_secret_and_no_digest_can_show() {
    let record = Record::new(0, DEVICE, 0, "need_credentials")
        .with("secret_key", "hunter2hunter2")
        .with("sha", "0123456789abcdef");
    assert_eq!(section([record]).lines, ["device need_credentials"]);
}

#[test]
fn a_very_long_run_ends_in_counts() {
    let records = (0..9_000_u64).map(|n| {
        // No two neighbours alike, and no block of 64 that comes again.
        let event = if (n * n / 7) % 3 == 0 { "open" } else { "closed" };
        Record::new(n, DEVICE, n, event).with("attempt", n * n % 8_191)
    });
    let section = section(records);
    assert_eq!(section.lines.len(), normal::LINES_MAX + 2);
    insta::assert_snapshot!(section.lines[normal::LINES_MAX..].join("\n"), @"
    and then device closed ×4001
    and then device open ×2999
    ");
    assert_eq!(Milestones::of(&section), None);
}

fn milestones(records: impl IntoIterator<Item = Record>) -> Milestones {
    Milestones::of(&section(records)).expect("short")
}

#[test]
fn another_board_has_the_same_milestones() {
    let slower: Vec<Record> = run()
        .into_iter()
        .filter(|record| !["ping", "pong", "open"].contains(&record.event.as_str()))
        .map(|mut record| {
            record.t_us = record.t_us * 3 + 1;
            record
        })
        .chain([Record::new(1, SERVICE, 1, "tls").with("ok", true)])
        .collect();
    assert_eq!(milestones(run()).compare(&milestones(slower)), None);
}

#[test]
fn a_missing_milestone_is_told_with_what_came_before() {
    let short: Vec<Record> = run().into_iter().filter(|record| record.event != "in").collect();
    let parting = milestones(run()).compare(&milestones(short)).expect("a difference");
    insta::assert_snapshot!(parting, @"device receives: the snapshot has `in v1 SDP_OFFER`, this run nothing more");
    let more = run().into_iter().chain([Record::new(50_000_000, DEVICE, 20, "half_open")]);
    let parting = milestones(run()).compare(&milestones(more)).expect("a difference");
    insta::assert_snapshot!(parting, @"device: the snapshot has nothing more, this run `half_open`, after `hello`, `connected`");
}

#[test]
fn candidates_do_not_count_and_directions_do_not_race() {
    let message = |ms, event, kind| Record::new(ms, DEVICE, ms, event).with("type", kind);
    let one = milestones([
        message(1, "in", "SDP_OFFER"),
        message(2, "out", "SDP_ANSWER"),
        message(3, "in", "ICE_CANDIDATE"),
    ]);
    let other = milestones([
        message(1, "in", "SDP_OFFER"),
        message(2, "in", "ICE_CANDIDATE"),
        message(3, "in", "ICE_CANDIDATE"),
        message(4, "out", "SDP_ANSWER"),
    ]);
    assert_eq!(one.compare(&other), None);
}

#[test]
fn a_snapshot_is_missing_then_accepted_then_the_same_then_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = folder.path().join("reset.yaml");
    let settle = |snapshot: &Snapshot, mode| {
        snapshot.settle(&scenario, "scenarios/reset.yaml", mode).expect("a file system")
    };
    let sections = vec![Section { variant: "cut_at=50%".into(), ..section(run()) }];
    let snapshot = Snapshot { sections };
    let new = folder.path().join("reset.snap.new");
    assert_eq!(settle(&snapshot, Mode::Off), Settled::Same);
    assert_eq!(settle(&snapshot, Mode::Check), Settled::Missing { new: new.clone() });
    assert!(new.exists());
    assert_eq!(
        settle(&snapshot, Mode::Accept),
        Settled::Accepted(folder.path().join("reset.snap"))
    );
    assert!(!new.exists());
    assert_eq!(settle(&snapshot, Mode::Check), Settled::Same);
    assert_eq!(settle(&snapshot, Mode::Accept), Settled::Same);
    assert_eq!(Snapshot::read(&scenario).expect("readable"), Some(snapshot.clone()));

    let mut other = snapshot.clone();
    other.sections[0].lines[3] = "service ws.open actor=device role=viewer".into();
    let Settled::Changed { first, .. } = settle(&other, Mode::Check) else { panic!("changed") };
    insta::assert_snapshot!(first, @"
    first difference at line 5 (cut_at=50%)
        device hello board=sim reset=power
        device open attempt=0 type=wss
        device connected attempt=0
      - service ws.open actor=device role=master
      - … 10 to 30 s
      - device ping
      + service ws.open actor=device role=viewer
      + … 10 to 30 s
      + device ping
    ");
    insta::assert_snapshot!(std::fs::read_to_string(&new).expect("written"), @r#"
    ---
    source: scenarios/reset.yaml
    expression: "sim, seed 0, repeat 1"
    ---
    # cut_at=50%
    device hello board=sim reset=power
    device open attempt=0 type=wss
    device connected attempt=0
    service ws.open actor=device role=viewer
    … 10 to 30 s
    device ping
    device pong
    … 3 to 10 s
    device ping
    device pong
    … 3 to 10 s
    device ping
    device pong
    … 1 to 3 s
    device in from=v1 type=SDP_OFFER
    device error what="it is \"odd\" now" who=peer
    "#);
    // Set right again: nothing is left to review.
    assert_eq!(settle(&snapshot, Mode::Check), Settled::Same);
    assert!(!new.exists());
    let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(names.len(), 1, "no temporary file is left: {names:?}");
}

#[test]
fn insta_itself_reads_what_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = folder.path().join("reset.yaml");
    let snapshot = Snapshot { sections: vec![section(run())] };
    snapshot.settle(&scenario, "scenarios/reset.yaml", Mode::Accept).expect("written");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder.path());
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("reset", snapshot.text()));
}

#[test]
fn a_file_that_is_no_snapshot_is_an_error_and_not_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = folder.path().join("reset.yaml");
    std::fs::write(folder.path().join("reset.snap"), "hand-written").expect("written");
    let error = Snapshot::default().settle(&scenario, "x", Mode::Accept).expect_err("refused");
    assert!(error.to_string().ends_with("reset.snap is no snapshot: its header is missing"));
}

#[test]
fn snapshots_beside_no_scenario_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("reconnect");
    std::fs::create_dir(&inner).expect("created");
    for name in ["reset.yaml", "reset.snap", "gone.snap"] {
        std::fs::write(inner.join(name), "").expect("written");
    }
    let found = unreferenced(folder.path(), &[inner.join("reset.yaml")].into()).expect("read");
    assert_eq!(found, [inner.join("gone.snap")]);
}

proptest! {
    #[test]
    fn folding_loses_nothing(picks in proptest::collection::vec(0..4_usize, 0..300)) {
        let words = ["device ping", "device pong", "… 10 to 30 s", "device in type=SDP_OFFER"];
        let lines: Vec<String> = picks.iter().map(|pick| words[*pick].to_owned()).collect();
        let folded = fold::fold(&lines);
        prop_assert!(folded.len() <= lines.len());
        prop_assert_eq!(fold::unfold(&folded), lines);
    }

    #[test]
    fn a_snapshot_reads_as_it_was_written(
        sections in proptest::collection::btree_map("[a-z]{1,4}=[0-9]{1,3}%", proptest::collection::vec("[a-z ]{1,9}x", 1..9), 0..4)
    ) {
        let sections = sections.into_iter().map(|(variant, lines)| Section { variant, lines });
        let snapshot = Snapshot { sections: sections.collect() };
        prop_assert_eq!(Snapshot::parse(&snapshot.text()), snapshot);
    }
}
