//! `YYYYMMDDTHHMMSSZ`, both ways.

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

const BASIC: &[BorrowedFormatItem<'static>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// The date of a wall-clock moment; the epoch when it is beyond the year 9999.
pub fn amz_date(unix_ms: u64) -> String {
    i64::try_from(unix_ms / 1000)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|date| date.format(BASIC).ok())
        .unwrap_or_else(|| "19700101T000000Z".into())
}

/// The moment of a date, in milliseconds since 1970; `None` when malformed or before.
pub fn parse_amz_date(text: &str) -> Option<u64> {
    let date = PrimitiveDateTime::parse(text, BASIC).ok()?.assume_utc();
    u64::try_from(date.unix_timestamp()).ok()?.checked_mul(1000)
}
