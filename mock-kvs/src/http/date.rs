//! The `Date` header: IMF-fixdate of RFC 9110, from the service's clock.

use http::HeaderValue;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

const IMF_FIXDATE: &[BorrowedFormatItem<'static>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// The header's value; `None` beyond the year 9999.
pub(crate) fn imf_fixdate(unix_ms: u64) -> Option<HeaderValue> {
    let seconds = i64::try_from(unix_ms / 1000).ok()?;
    let text = OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(IMF_FIXDATE).ok()?;
    HeaderValue::try_from(text).ok()
}
