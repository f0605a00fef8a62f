use proptest::prelude::*;

use super::*;

fn header() -> Header {
    Header {
        scenario: "reconnect/reset".to_owned(),
        board: "sim".to_owned(),
        variant: "cut_at=50%".to_owned(),
        seed: 7,
        repeat: 1,
        wall_start_unix_ms: 1_767_225_600_000,
    }
}

fn closed(t_us: u64, seq: u64) -> Record {
    Record::new(t_us, DEVICE, seq, "closed")
        .at_device_ms(t_us / 1_000)
        .with("link", 3)
        .with("type", "wss")
        .with("why", "reset")
}

#[test]
fn records_stand_in_order_of_time_source_and_number() {
    let mut history = History::new();
    history.push(Record::new(5, SERVICE, 1, "accept"));
    history.push(Record::new(5, SERVICE, 0, "accept"));
    history.push(Record::new(5, DEVICE, 9, "open"));
    assert_eq!(history.push(Record::new(1, "viewer", 0, "peer.open")), 0);
    let order: Vec<_> = history.records().iter().map(|r| (r.t_us, &*r.source, r.seq)).collect();
    assert_eq!(order, [(1, "viewer", 0), (5, DEVICE, 9), (5, SERVICE, 0), (5, SERVICE, 1)]);
    let collected: History = history.records().iter().rev().cloned().collect();
    assert_eq!(collected, history);
}

#[test]
fn the_file_reads_as_documented() {
    let history: History =
        [closed(1_500, 4), Record::new(2_000, HARNESS, 0, "heal")].into_iter().collect();
    let mut file = Vec::new();
    history.write(&header(), &mut file).expect("memory");
    insta::assert_snapshot!(String::from_utf8(file).expect("JSON is UTF-8"), @r#"
    {"schema":"kvs-scenario-history","version":1,"scenario":"reconnect/reset","board":"sim","variant":"cut_at=50%","seed":7,"repeat":1,"wall_start_unix_ms":1767225600000}
    {"t_us":1500,"source":"device","seq":4,"device_ms":1,"event":"closed","fields":{"link":3,"type":"wss","why":"reset"}}
    {"t_us":2000,"source":"harness","seq":0,"event":"heal"}
    "#);
}

#[test]
fn other_versions_and_other_files_are_refused_with_what_helps() {
    let text = |input: &str| History::read(input.as_bytes()).expect_err("refused").to_string();
    insta::assert_snapshot!(text("{\"schema\":\"kvs-scenario-history\",\"version\":2}\n"), @"the history has version 2, this program reads version 1: use the `scenario` that wrote it, or record it again");
    insta::assert_snapshot!(text(""), @r#"not a history: line 1 must be a header with `"schema":"kvs-scenario-history"`"#);
    insta::assert_snapshot!(text("{\"schema\":\"other\",\"version\":1}\n"), @r#"not a history: line 1 must be a header with `"schema":"kvs-scenario-history"`"#);
    insta::assert_snapshot!(text("{\"schema\":\"kvs-scenario-history\",\"version\":1}\n{\"t_us\":1}\n"), @"line 2 of the history: missing field `source` at line 1 column 10");
}

#[test]
fn fields_of_a_later_minor_change_are_ignored() {
    let file = "{\"schema\":\"kvs-scenario-history\",\"version\":1,\"new\":1}\n\
                {\"t_us\":1,\"source\":\"device\",\"seq\":0,\"event\":\"hello\",\"later\":true}\n";
    let (_, history) = History::read(file.as_bytes()).expect("compatible");
    assert_eq!(history.len(), 1);
}

#[test]
fn a_digest_of_digits_stays_text_and_numbers_become_numbers() {
    assert_eq!(device_value("sha", "1234567812345678"), Value::from("1234567812345678"));
    assert_eq!(device_value("wait_ms", "150"), Value::from(150));
    assert_eq!(device_value("offset_ms", "-150"), Value::from(-150));
    assert_eq!(device_value("link", "zzz"), Value::from("zzz"));
}

#[test]
fn a_simulated_day_is_written_in_a_moment() {
    let day: History = (0..50_000).map(|n| closed(n * 1_728_000, n)).collect();
    // Not a benchmark: it catches the day on which writing turns quadratic or asks the disk per
    // record. `cargo test` is unoptimised and shares the machine, hence the generous bound.
    let start = tokio::time::Instant::now();
    let mut file = Vec::new();
    day.write(&header(), &mut file).expect("memory");
    assert!(start.elapsed().as_millis() < 2_000, "{:?}", start.elapsed());
    assert_eq!(History::read(&*file).expect("own file").1, day);
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_written_again_the_same(
        rows in proptest::collection::vec(
            (0..10_000u64, "[a-z]{1,6}", 0..100u64, any::<Option<u32>>(), any::<i64>(), "\\PC*"),
            0..20,
        )
    ) {
        let history: History = rows
            .into_iter()
            .map(|(t_us, source, seq, ms, number, text)| {
                let mut record = Record::new(t_us, &source, seq, "event").with("n", number).with("t", text);
                record.device_ms = ms.map(u64::from);
                record
            })
            .collect();
        let mut file = Vec::new();
        history.write(&header(), &mut file).expect("memory");
        let (read_header, read) = History::read(&*file).expect("own file");
        prop_assert_eq!(&read_header, &header());
        prop_assert_eq!(&read, &history);
        let mut again = Vec::new();
        read.write(&read_header, &mut again).expect("memory");
        prop_assert_eq!(again, file);
    }
}
