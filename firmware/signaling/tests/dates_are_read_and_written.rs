//! Moments in the three spellings, against a calendar of someone else's making.

use kvs_signaling::UnixTime;
use kvs_signaling::wire::date::{amz_date, parse_imf, parse_iso8601};
use proptest::prelude::*;
use time::OffsetDateTime;
use time::macros::format_description;

/// Last second of the year 9999.
const LAST_S: u64 = 253_402_300_799;

proptest! {
    #[test]
    fn every_second_reads_and_writes_as_the_crate_time_does(at_s in 0..=LAST_S) {
        let theirs = OffsetDateTime::from_unix_timestamp(at_s as i64).expect("within range");
        let imf = theirs.format(format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        ));
        let iso = theirs.format(format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second]Z"
        ));
        let (imf, iso) = (imf.expect("a date"), iso.expect("a date"));
        prop_assert_eq!(parse_imf(imf.as_bytes()), Some(UnixTime(at_s * 1000)), "{}", imf);
        prop_assert_eq!(parse_iso8601(iso.as_bytes()), Some(UnixTime(at_s * 1000)), "{}", iso);
        let compact = iso.replace(['-', ':'], "");
        prop_assert_eq!(&amz_date(UnixTime(at_s * 1000 + 999))[..], compact.as_bytes());
    }
}

#[test]
fn dates_around_the_edges() {
    for (text, at_s) in [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        // RFC 9110 §5.6.7.
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ("Tue, 29 Feb 2000 23:59:59 GMT", 951_868_799),
        ("Mon, 31 Dec 2001 23:59:59 GMT", 1_009_843_199),
        // A leap second is the second after it.
        ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
    ] {
        assert_eq!(parse_imf(text.as_bytes()), Some(UnixTime(at_s * 1000)), "{text}");
    }
    assert_eq!(&amz_date(UnixTime(u64::MAX)), b"99991231T235959Z");
}

#[test]
fn what_is_no_http_date_is_refused() {
    for text in [
        "",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Tue, 29 Feb 2100 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",
    ] {
        assert_eq!(parse_imf(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn fractions_are_cut_to_milliseconds() {
    for (text, ms) in [
        ("1970-01-01T00:00:01Z", 1000),
        ("1970-01-01T00:00:01.5Z", 1500),
        ("1970-01-01T00:00:01.0429Z", 1042),
    ] {
        assert_eq!(parse_iso8601(text.as_bytes()), Some(UnixTime(ms)), "{text}");
    }
    for text in [
        "1970-01-01T00:00:01",
        "1970-01-01T00:00:01.Z",
        "1970-01-01T00:00:01+00:00",
        "1970-01-01 00:00:01Z",
        "1970-13-01T00:00:01Z",
        "19700101T000001Z",
        "1970-01-01T00:00:01.5xZ",
    ] {
        assert_eq!(parse_iso8601(text.as_bytes()), None, "{text}");
    }
}
