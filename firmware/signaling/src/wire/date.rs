//! The three spellings of a moment the service uses.

use crate::time::UnixTime;

/// Last second of the year 9999: four digits are all the formats have.
const LAST_SECOND: u64 = 253_402_300_799;

/// HTTP's `Date`, IMF-fixdate only: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7). AWS sends no
/// other. The day's name is not compared with the date.
pub fn parse_imf(text: &[u8]) -> Option<UnixTime> {
    let text: &[u8; 29] = text.try_into().ok()?;
    let [_, _, _, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', rest @ ..] = text else {
        return None;
    };
    let [y1, y2, y3, y4, b' ', h1, h2, b':', i1, i2, b':', s1, s2, b' ', b'G', b'M', b'T'] = rest
    else {
        return None;
    };
    let month = match &[*m1, *m2, *m3] {
        b"Jan" => 1,
        b"Feb" => 2,
        b"Mar" => 3,
        b"Apr" => 4,
        b"May" => 5,
        b"Jun" => 6,
        b"Jul" => 7,
        b"Aug" => 8,
        b"Sep" => 9,
        b"Oct" => 10,
        b"Nov" => 11,
        b"Dec" => 12,
        _ => return None,
    };
    let civil = Civil {
        year: number(&[*y1, *y2, *y3, *y4])?,
        month,
        day: number(&[*d1, *d2])?,
        hour: number(&[*h1, *h2])?,
        minute: number(&[*i1, *i2])?,
        second: number(&[*s1, *s2])?,
    };
    Some(UnixTime(civil.seconds()? * 1000))
}

/// ISO 8601 in UTC as AWS writes expirations: `2026-01-01T00:00:00Z`, with any fraction of a second
/// (cut to milliseconds).
pub fn parse_iso8601(text: &[u8]) -> Option<UnixTime> {
    let (head, tail) = text.split_at_checked(19)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', rest @ ..] = head else {
        return None;
    };
    let [h1, h2, b':', i1, i2, b':', s1, s2] = rest else { return None };
    let civil = Civil {
        year: number(&[*y1, *y2, *y3, *y4])?,
        month: number(&[*m1, *m2])?,
        day: number(&[*d1, *d2])?,
        hour: number(&[*h1, *h2])?,
        minute: number(&[*i1, *i2])?,
        second: number(&[*s1, *s2])?,
    };
    let fraction_ms = match tail {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if !digits.is_empty() => milliseconds(digits)?,
        _ => return None,
    };
    Some(UnixTime(civil.seconds()? * 1000 + fraction_ms))
}

/// SigV4's `YYYYMMDDTHHMMSSZ` (spec §2.1); the first 8 bytes are the scope's date. A moment after the
/// year 9999 is written as that year's last second.
pub fn amz_date(at: UnixTime) -> [u8; 16] {
    let seconds = (at.0 / 1000).min(LAST_SECOND);
    let civil = Civil::from_seconds(seconds);
    let mut text = *b"00000000T000000Z";
    let [y1, y2, y3, y4, m1, m2, d1, d2, _, h1, h2, i1, i2, s1, s2, _] = &mut text;
    for (slots, value) in [
        ([y1, y2], civil.year / 100),
        ([y3, y4], civil.year % 100),
        ([m1, m2], civil.month),
        ([d1, d2], civil.day),
        ([h1, h2], civil.hour),
        ([i1, i2], civil.minute),
        ([s1, s2], civil.second),
    ] {
        let [tens, ones] = slots;
        *tens = b'0' + (value / 10 % 10) as u8;
        *ones = b'0' + (value % 10) as u8;
    }
    text
}

struct Civil {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

impl Civil {
    /// Seconds since 1970; `None` for a date that does not exist or lies before. A leap second counts
    /// as the second after it, as POSIX does.
    fn seconds(&self) -> Option<u64> {
        let in_range = self.year >= 1970
            && (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && self.hour <= 23
            && self.minute <= 59
            && self.second <= 60;
        if !in_range {
            return None;
        }
        let days = days_before_year(self.year)
            + (1..self.month).map(|month| u64::from(days_in_month(self.year, month))).sum::<u64>()
            + u64::from(self.day - 1);
        let minutes = (days * 24 + u64::from(self.hour)) * 60 + u64::from(self.minute);
        Some(minutes * 60 + u64::from(self.second))
    }

    fn from_seconds(seconds: u64) -> Self {
        let (mut days, rest) = (seconds / 86_400, (seconds % 86_400) as u32);
        // A year has at least 365 days, so this guess is never too small and at most a few too large.
        let mut year = 1970 + (days / 365) as u32;
        while days_before_year(year) > days {
            year -= 1;
        }
        days -= days_before_year(year);
        let mut month = 1;
        while month < 12 && days >= u64::from(days_in_month(year, month)) {
            days -= u64::from(days_in_month(year, month));
            month += 1;
        }
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        Self { year, month, day: days as u32 + 1, hour, minute, second }
    }
}

/// Days from 1970-01-01 to January 1 of `year`, which is 1970 or later.
fn days_before_year(year: u32) -> u64 {
    let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
    let past = u64::from(year.saturating_sub(1));
    (past * 365 + leap_days(past)).saturating_sub(1969 * 365 + leap_days(1969))
}

const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 31,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |sum, digit| {
        let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

fn milliseconds(digits: &[u8]) -> Option<u64> {
    digits.iter().all(u8::is_ascii_digit).then_some(())?;
    let digit = |place: usize| digits.get(place).map_or(0, |digit| u64::from(digit - b'0'));
    Some(digit(0) * 100 + digit(1) * 10 + digit(2))
}
