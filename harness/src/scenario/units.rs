//! Values with units as a scenario file writes them: those of the faults, and two of its own.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub use mock_kvs::fault::units::{Offset, Percent, Rate, Size, Span};

/// A factor on waits: `x1.5`, `x3`. Never below 1, since a board is only ever slower.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale(pub f64);

/// The largest factor; beyond it a typing slip is more likely than a board.
const SCALE_MAX: f64 = 100.0;

impl FromStr for Scale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let factor = text.strip_prefix('x').and_then(|number| number.parse::<f64>().ok());
        match factor {
            Some(factor) if (1.0..=SCALE_MAX).contains(&factor) => Ok(Self(factor)),
            Some(_) => Err(format!("`{text}` is not a scale: it goes from x1 to x{SCALE_MAX}")),
            None => Err(format!("`{text}` is not a scale; write it like `x1.5` or `x3`")),
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x{}", self.0)
    }
}

/// A moment in UTC: `1970-01-01`, or `2026-03-01T12:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// Milliseconds since 1970.
    pub unix_ms: i64,
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let full = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
        let moment = OffsetDateTime::parse(&full, &Rfc3339).map_err(|_| {
            format!("`{text}` is not a date; write it like `1970-01-01` or `2026-03-01T12:00:00Z`")
        })?;
        let unix_ms = i64::try_from(moment.unix_timestamp_nanos() / 1_000_000)
            .map_err(|_| format!("`{text}` is too far away"))?;
        Ok(Self { unix_ms })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = i128::from(self.unix_ms) * 1_000_000;
        let moment = OffsetDateTime::from_unix_timestamp_nanos(nanos).ok();
        match moment.and_then(|moment| moment.format(&Rfc3339).ok()) {
            Some(text) => f.write_str(&text),
            None => write!(f, "{} ms since 1970", self.unix_ms),
        }
    }
}

macro_rules! as_text {
    ($type:ident, $pattern:literal, $description:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
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

as_text!(Scale, r"^x[0-9]+(\.[0-9]+)?$", "A factor on waits: x1.5, x3.");
as_text!(
    Date,
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9:]+))?$",
    "A moment in UTC: 1970-01-01, or 2026-03-01T12:00:00Z."
);
