//! HTTP's `Date`, written by another way than the client reads it.

/// `Thu, 01 Jan 2026 00:00:00 GMT` of a moment from 2025 on.
pub fn imf(unix_ms: u64) -> String {
    let days = unix_ms / 86_400_000;
    let seconds = unix_ms / 1_000 % 86_400;
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(days % 7) as usize];
    // Day by day from 2025-01-01: slow, and hard to get wrong.
    let (mut year, mut month, mut left) = (2025, 0, days - 20_089);
    let months =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    loop {
        let february = if year % 4 == 0 { 29 } else { 28 };
        let length = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month];
        if left < length {
            break;
        }
        left -= length;
        month += 1;
        if month == 12 {
            (year, month) = (year + 1, 0);
        }
    }
    let (day, month) = (left + 1, months[month]);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} GMT")
}

/// `2026-01-01T00:00:00Z`.
pub fn iso8601(unix_ms: u64) -> String {
    let text = imf(unix_ms);
    let parts: Vec<&str> = text.split(' ').collect();
    let months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = months.find(parts[2]).expect("a month") / 3 + 1;
    format!("{}-{month:02}-{}T{}Z", parts[3], parts[1], parts[4])
}
