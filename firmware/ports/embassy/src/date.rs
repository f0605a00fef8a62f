//! Seconds since 1970 as a calendar date (UTC).

/// A moment as people write it.
pub struct Civil {
    pub year: i32,
    /// 1 to 12.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
}

/// Howard Hinnant's days-to-civil, for years after 1970.
pub fn civil(unix_s: u64) -> Civil {
    let (days, second_of_day) = (unix_s / 86_400, (unix_s % 86_400) as i32);
    let z = days + 719_468;
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March: the leap day is the year's last.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as i32;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = (year_of_era + era * 400 + u64::from(month <= 2)) as i32;
    Civil {
        year,
        month: month as i32,
        day,
        hour: second_of_day / 3_600,
        minute: second_of_day / 60 % 60,
        second: second_of_day % 60,
    }
}
