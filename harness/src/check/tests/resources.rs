use super::dsl::*;

const LEVEL: &str = r#"{"resources":{"level":["heap_bytes"]}}"#;

fn heap(values: impl IntoIterator<Item = u64>) -> Tale {
    let mut tale = Tale::default();
    tale.device(0, "hello", "reset=power");
    for (ms, value) in (1_u64..).zip(values) {
        tale.device(ms, "gauge", &format!("name=heap_bytes value={value}"));
    }
    tale
}

#[test]
fn holds_for_scatter_and_fails_for_a_leak() {
    let scatter = heap((0..20).map(|n| 40_000 + (n * 7_919) % 97));
    insta::assert_snapshot!(holds(LEVEL, &scatter), @"resources: required heap_bytes level over at least 8 readings, 2048 bytes of stack to spare; found heap_bytes +0.27 a reading (95 % -2.67 to +3.80)");
    // Four bytes lost each time, under ten times as much scatter.
    let leak = heap((0..40).map(|n| 40_000 + 4 * n + (n * 7_919) % 41));
    insta::assert_snapshot!(fails(LEVEL, &leak), @"resources: required heap_bytes level over at least 8 readings, 2048 bytes of stack to spare; found heap_bytes +4.14 a reading (95 % +3.97 to +4.65)");
    // What is given back is no leak.
    holds(LEVEL, &heap((0..20).map(|n| 40_000 - 10 * n)));
}

#[test]
fn few_readings_say_nothing() {
    insta::assert_snapshot!(unknown(LEVEL, &heap([1, 2, 3])), @"resources: required heap_bytes level over at least 8 readings, 2048 bytes of stack to spare; found only 3 readings");
}

#[test]
fn a_stack_that_was_nearly_full_fails() {
    let mut tale = heap([7; 10]);
    tale.device(100, "gauge", "name=stack_size_bytes value=32768");
    tale.device(101, "gauge", "name=stack_peak_bytes value=20000");
    holds(LEVEL, &tale);
    tale.device(102, "gauge", "name=stack_peak_bytes value=31000");
    insta::assert_snapshot!(fails(LEVEL, &tale), @"resources: required heap_bytes level over at least 8 readings, 2048 bytes of stack to spare; found 1768 bytes of stack were left of 32768");
}

#[test]
fn a_gauge_that_ever_exceeded_its_limit_fails() {
    let most = r#"{"resources":{"level":[],"at_most":{"heap_bytes":"40KiB","other":"1B"}}}"#;
    let text = holds(most, &heap([40_960]));
    assert!(text.ends_with("found heap_bytes 40960 of 40960"), "{text}");
    let text = fails(most, &heap([100, 41_000, 100]));
    assert!(text.ends_with("found heap_bytes was 41000, 40 too much"), "{text}");
}
