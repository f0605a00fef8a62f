//! Durations, sizes, rates and percentages.

use std::str::FromStr;
use std::time::Duration;

use mock_kvs::fault::units::{Offset, Percent, Rate, Size, Span, UnitError};
use proptest::prelude::*;

#[test]
fn durations_are_exact() {
    let ns = |text: &str| text.parse::<Span>().expect(text).0.as_nanos();
    assert_eq!(ns("0s"), 0);
    assert_eq!(ns("150ms"), 150_000_000);
    assert_eq!(ns("0.1s"), 100_000_000);
    assert_eq!(ns("1.5 s"), 1_500_000_000);
    assert_eq!(ns("2m"), 120_000_000_000);
    assert_eq!(ns("1d"), 86_400_000_000_000);
    assert_eq!(ns("0.000000001s"), 1);
}

#[test]
fn sizes_tell_1000_from_1024() {
    let bytes = |text: &str| text.parse::<Size>().expect(text).0;
    assert_eq!((bytes("900B"), bytes("10KiB"), bytes("10kB")), (900, 10_240, 10_000));
    assert_eq!((bytes("1.5MiB"), bytes("2MB")), (1_572_864, 2_000_000));
    assert_eq!("10KiB/s".parse::<Rate>().expect("a rate").0, 10_240);
    assert_eq!("500B".parse::<Rate>().expect("a rate").0, 500);
}

#[test]
fn percentages_part_a_whole_exactly() {
    let of = |text: &str, whole: u64| text.parse::<Percent>().expect(text).of(whole);
    assert_eq!((of("0%", 7), of("50%", 7), of("100%", 7)), (0, 3, 7));
    assert_eq!(of("12.5%", 1000), 125);
    assert_eq!(of("100%", u64::MAX), u64::MAX);
}

#[test]
fn offsets_have_a_sign() {
    let ms = |text: &str| text.parse::<Offset>().expect(text).millis();
    assert_eq!((ms("+7m"), ms("-300s"), ms("7m"), ms("-0s")), (420_000, -300_000, 420_000, 0));
}

#[test]
fn what_is_wrong_is_said_with_an_example() {
    let units = "(ns, us, ms, s, m, h, d); write it like `150ms`, `2s` or `1m`";
    refused::<Span>("150", &format!("`150` is not a duration: it has no unit {units}"));
    refused::<Span>(
        "2S",
        &format!("`2S` is not a duration: unknown unit `2S`, did you mean `s`? {units}")
            .replace("unit `2S`", "unit `S`"),
    );
    refused::<Span>("soon", "it does not begin with a number");
    refused::<Span>("1.s", "it does not begin with a number");
    refused::<Span>("0.5ns", "it is finer than the smallest unit");
    refused::<Span>("999999999999d", "it is too large");
    refused::<Span>("-1s", "it does not begin with a number");
    refused::<Size>("10KB", "unknown unit `KB`, did you mean `kB`?");
    refused::<Size>("0.5B", "it is finer than the smallest unit");
    refused::<Percent>("101%", "more than 100%");
    refused::<Percent>("50", "it has no unit (%)");
}

#[test]
fn a_bare_number_is_answered_with_the_units() {
    let error = serde_json::from_str::<Span>("150").expect_err("no unit").to_string();
    assert!(error.contains("it has no unit (ns, us, ms, s, m, h, d)"), "{error}");
    let error = serde_json::from_str::<Size>("true").expect_err("no text").to_string();
    assert!(error.contains("a size with its unit, like `900B` or `10KiB`"), "{error}");
}

proptest! {
    #[test]
    fn what_is_shown_can_be_read_back(ns in any::<u64>(), percent in 0_u16..=100) {
        let span = Span(Duration::from_nanos(ns));
        prop_assert_eq!(span.to_string().parse::<Span>().expect("a duration"), span);
        let size = Size(ns);
        prop_assert_eq!(size.to_string().parse::<Size>().expect("a size"), size);
        let rate = Rate(ns);
        prop_assert_eq!(rate.to_string().parse::<Rate>().expect("a rate"), rate);
        let offset = Offset { negative: ns % 2 == 1, span };
        prop_assert_eq!(offset.to_string().parse::<Offset>().expect("an offset"), offset);
        let percent = Percent::new(percent).expect("at most 100");
        prop_assert_eq!(percent.to_string().parse::<Percent>().expect("a part"), percent);
    }

    #[test]
    fn no_text_panics(text in ".{0,40}") {
        let _ = text.parse::<Span>();
        let _ = text.parse::<Offset>();
        let _ = text.parse::<Percent>();
    }
}

fn refused<T: FromStr<Err = UnitError> + std::fmt::Debug>(text: &str, says: &str) {
    let error = text.parse::<T>().expect_err(text).to_string();
    assert!(error.contains(says), "`{error}` should say `{says}`");
}
