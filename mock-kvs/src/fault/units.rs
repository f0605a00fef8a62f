//! Durations, sizes, rates and percentages as people write them: `150ms`, `10KiB`, `50%`.
//!
//! One spelling for scenario files, the admin API and the command line. Parsing is exact (`0.1s` is
//! 100,000,000 ns, never 99,999,999) and a value without a unit is refused, because `delay: 150`
//! has been read as milliseconds by one half of the world and as seconds by the other.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not a value with a unit. Says what was read and what is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: {problem}; write it like {example}")]
pub struct UnitError {
    text: String,
    what: &'static str,
    problem: String,
    example: &'static str,
}

/// A length of time: `900us`, `150ms`, `2s`, `1.5s`, `1m`, `2h`, `1d`; `0s` for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub Duration);

/// A signed length of time: `+7m`, `-300s`, `0s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset {
    /// Whether it points into the past.
    pub negative: bool,
    /// How far.
    pub span: Span,
}

/// A number of bytes: `900B`, `10KiB` (1,024), `2MiB`, `10kB` (1,000), `1MB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Size(pub u64);

/// Bytes per second: `10KiB/s`; `10KiB` means the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(pub u64);

/// A part of a whole in hundredths of a percent: `0%`, `12.5%`, `100%`; never more than the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percent(u16);

impl Span {
    /// A span of whole milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(Duration::from_millis(ms))
    }

    /// The same length as the standard library's type.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl Offset {
    /// The offset in whole milliseconds, rounded toward zero.
    #[must_use]
    pub fn millis(self) -> i64 {
        let ms = i64::try_from(self.span.0.as_millis()).unwrap_or(i64::MAX);
        if self.negative { -ms } else { ms }
    }
}

impl Percent {
    /// The whole.
    pub const ALL: Self = Self(10_000);
    /// Nothing of it.
    pub const NONE: Self = Self(0);

    /// So many percent, if that is at most 100.
    #[must_use]
    pub const fn new(percent: u16) -> Option<Self> {
        if percent <= 100 { Some(Self(percent * 100)) } else { None }
    }

    /// This part of `whole`, rounded down: 50 % of 3 is 1, 100 % is always all.
    #[must_use]
    pub fn of(self, whole: u64) -> u64 {
        let part = u128::from(whole) * u128::from(self.0) / 10_000;
        // At most `whole`, since the percentage is at most 100.
        u64::try_from(part).unwrap_or(whole)
    }
}

// One unit: its word and how many of the smallest unit it holds.
type Unit = (&'static str, u64);

const TIME: [Unit; 7] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];
const BYTES: [Unit; 5] =
    [("B", 1), ("kB", 1_000), ("KiB", 1_024), ("MB", 1_000_000), ("MiB", 1_048_576)];
const PERCENT: [Unit; 1] = [("%", 100)];

impl FromStr for Span {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let ns = quantity(text, "a duration", "`150ms`, `2s` or `1m`", &TIME)?;
        Ok(Self(Duration::from_nanos(ns)))
    }
}

impl FromStr for Offset {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let ns = quantity(rest, "a signed duration", "`+7m` or `-300s`", &TIME)
            .map_err(|error| UnitError { text: text.to_owned(), ..error })?;
        Ok(Self { negative: negative && ns > 0, span: Span(Duration::from_nanos(ns)) })
    }
}

impl FromStr for Size {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        quantity(text, "a size", "`900B`, `10KiB` or `1MiB`", &BYTES).map(Self)
    }
}

impl FromStr for Rate {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let size = text.strip_suffix("/s").unwrap_or(text);
        quantity(size, "a rate", "`10KiB/s` or `500B/s`", &BYTES).map(Self)
    }
}

impl FromStr for Percent {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        let (what, example) = ("a percentage", "`50%`");
        let hundredths = quantity(text, what, example, &PERCENT)?;
        match u16::try_from(hundredths) {
            Ok(value) if value <= Self::ALL.0 => Ok(Self(value)),
            Ok(_) | Err(_) => Err(UnitError {
                text: text.to_owned(),
                what,
                problem: "more than 100%".to_owned(),
                example,
            }),
        }
    }
}

/// `1.5s` as a whole number of the smallest unit; no rounding: what does not fit is refused.
fn quantity(
    text: &str,
    what: &'static str,
    example: &'static str,
    units: &[Unit],
) -> Result<u64, UnitError> {
    let refuse = |problem: String| UnitError { text: text.to_owned(), what, problem, example };
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, word) = text.split_at(split);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let malformed =
        whole.is_empty() || fraction.contains('.') || (number.contains('.') && fraction.is_empty());
    if malformed {
        return Err(refuse("it does not begin with a number".to_owned()));
    }
    let word = word.trim_start_matches(' ');
    let Some(&(_, scale)) = units.iter().find(|(name, _)| *name == word) else {
        return Err(refuse(unknown_unit(word, units)));
    };
    scaled(whole, fraction, scale).map_err(|problem| refuse(problem.to_owned()))
}

fn scaled(whole: &str, fraction: &str, scale: u64) -> Result<u64, &'static str> {
    const TOO_LARGE: &str = "it is too large";
    const TOO_FINE: &str = "it is finer than the smallest unit";
    let whole: u64 = whole.parse().map_err(|_| TOO_LARGE)?;
    let mut total = u128::from(whole) * u128::from(scale);
    if !fraction.is_empty() {
        let digits: u128 = fraction.parse().map_err(|_| TOO_FINE)?;
        let places = u32::try_from(fraction.len()).map_err(|_| TOO_FINE)?;
        let power = 10_u128.checked_pow(places).ok_or(TOO_FINE)?;
        let part = digits.checked_mul(u128::from(scale)).ok_or(TOO_FINE)?;
        if part % power != 0 {
            return Err(TOO_FINE);
        }
        total += part / power;
    }
    u64::try_from(total).map_err(|_| TOO_LARGE)
}

fn unknown_unit(word: &str, units: &[Unit]) -> String {
    let known = units.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    if word.is_empty() {
        return format!("it has no unit ({known})");
    }
    match units.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
        Some((name, _)) => format!("unknown unit `{word}`, did you mean `{name}`? ({known})"),
        None => format!("unknown unit `{word}` ({known})"),
    }
}

/// The largest unit that gives a whole number, so that what is shown can be pasted back.
fn write_quantity(
    f: &mut fmt::Formatter<'_>,
    value: u64,
    units: &[Unit],
    zero: &str,
) -> fmt::Result {
    if value == 0 {
        return f.write_str(zero);
    }
    for (word, scale) in units.iter().rev() {
        if value.is_multiple_of(*scale) {
            return write!(f, "{}{word}", value / scale);
        }
    }
    write!(f, "{value}")
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Parsed values always fit; one built from a longer Duration shows the longest time there
        // is.
        let ns = u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX);
        write_quantity(f, ns, &TIME, "0s")
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zero = self.span.0.is_zero();
        f.write_str(if zero {
            ""
        } else if self.negative {
            "-"
        } else {
            "+"
        })?;
        self.span.fmt(f)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quantity(f, self.0, &BYTES, "0B")
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quantity(f, self.0, &BYTES, "0B")?;
        f.write_str("/s")
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(f, "{whole}%"),
            _ if part.is_multiple_of(10) => write!(f, "{whole}.{}%", part / 10),
            _ => write!(f, "{whole}.{part:02}%"),
        }
    }
}

/// Reads a unit from text, and answers a bare number with what is missing.
struct TextVisitor<T>(&'static str, std::marker::PhantomData<T>);

impl<T: FromStr<Err = UnitError>> de::Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

macro_rules! as_text {
    ($type:ident, $expecting:literal, $pattern:literal, $description:literal) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(TextVisitor($expecting, std::marker::PhantomData))
            }
        }

        impl JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $description,
                })
            }
        }
    };
}

as_text!(
    Span,
    "a duration with its unit, like `150ms` or `2s`",
    r"^[0-9]+(\.[0-9]+)? *(ns|us|ms|s|m|h|d)$",
    "A length of time with its unit: 900us, 150ms, 2s, 1.5s, 1m, 2h, 1d."
);
as_text!(
    Offset,
    "a signed duration with its unit, like `+7m` or `-300s`",
    r"^[+-]?[0-9]+(\.[0-9]+)? *(ns|us|ms|s|m|h|d)$",
    "A signed length of time with its unit: +7m, -300s."
);
as_text!(
    Size,
    "a size with its unit, like `900B` or `10KiB`",
    r"^[0-9]+(\.[0-9]+)? *(B|kB|KiB|MB|MiB)$",
    "A number of bytes with its unit: 900B, 10KiB (1,024 each), 10kB (1,000 each), 1MiB."
);
as_text!(
    Rate,
    "a rate with its unit, like `10KiB/s`",
    r"^[0-9]+(\.[0-9]+)? *(B|kB|KiB|MB|MiB)(/s)?$",
    "Bytes per second with their unit: 10KiB/s."
);
as_text!(
    Percent,
    "a percentage, like `50%`",
    r"^[0-9]+(\.[0-9]{1,2})? *%$",
    "A part of the whole, 0% to 100%."
);
