//! `resources`: what the device measures of itself stays level, and its stack keeps a margin.

use std::collections::BTreeMap;

use mock_kvs::fault::units::Size;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count};
use super::context::Context;
use crate::history::{DEVICE, History};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "The named gauges do not grow: the 95 % interval of the slope over all readings \
            (Theil-Sen) contains 0 or lies below it. Others never exceed what they may. The stack \
            keeps a margin.",
    evidence: "The device's `gauge` lines, one reading for each `gauges` command.",
    blind: "What happens between two readings, but for peaks. Growth slower than the readings' own \
            scatter.",
    needs: &["gauges"],
};

/// Parameters of `resources`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Gauges, and what no reading of them may exceed; one that the board does not measure is passed
    /// over.
    pub at_most: BTreeMap<String, Size>,
    /// Gauges that must stay level; one that the board does not measure is passed over.
    pub level: Vec<String>,
    /// Readings below which nothing can be said.
    pub readings: usize,
    /// Stack that must never have been used, on boards that measure it.
    pub stack_margin: Size,
}

impl Default for Params {
    fn default() -> Self {
        let level = ["heap_bytes", "sockets"].map(str::to_owned).into();
        Self { at_most: BTreeMap::new(), level, readings: 8, stack_margin: Size(2_048) }
    }
}

pub(super) fn judge(params: &Params, history: &History, _context: &Context) -> CheckResult {
    let Params { at_most, level, readings, stack_margin: Size(margin) } = params;
    let mut required: Vec<String> = Vec::new();
    if !level.is_empty() {
        required.push(format!("{} level over at least {readings} readings", level.join(", ")));
    }
    required.extend(at_most.iter().map(|(name, most)| format!("{name} at most {}", most.0)));
    required.push(format!("{margin} bytes of stack to spare"));
    let required = required.join(", ");
    let mut case = Case::new("resources", required);
    let (mut held, mut measured) = (Vec::new(), 0);
    for name in level {
        let points = readings_of(history, name);
        measured = measured.max(points.len());
        if points.len() < *readings {
            continue;
        }
        let values: Vec<u64> = points.iter().map(|(_, value)| *value).collect();
        let (least, slope, most) = slope(&values);
        let text = format!("{name} {slope:+.2} a reading (95 % {least:+.2} to {most:+.2})");
        if least > 0.0 {
            case.fail(text, points.iter().map(|(index, _)| *index));
        } else {
            held.push(text);
        }
    }
    if measured < *readings && !level.is_empty() {
        case.unknown(format!("only {}", count(measured, "reading")), []);
    }
    for (name, Size(most)) in at_most {
        let all = readings_of(history, name);
        let Some((index, peak)) = all.into_iter().max_by_key(|(_, value)| *value) else { continue };
        if peak > *most {
            case.fail(format!("{name} was {peak}, {} too much", peak - most), [index]);
        } else {
            held.push(format!("{name} {peak} of {most}"));
        }
    }
    let last = |name| readings_of(history, name).last().copied();
    if let (Some((_, size)), Some((index, peak))) = (last("stack_size_bytes"), last("stack_peak_bytes"))
    {
        let left = size.saturating_sub(peak);
        if left < *margin {
            case.fail(format!("{left} bytes of stack were left of {size}"), [index]);
        } else {
            held.push(format!("{left} bytes of stack left of {size}"));
        }
    }
    case.conclude(held.join("; "), [])
}

/// Every reading of one gauge, with its place in the history.
fn readings_of(history: &History, name: &str) -> Vec<(usize, u64)> {
    history
        .all(DEVICE, "gauge")
        .filter(|(_, record)| record.says("name", name))
        .filter_map(|(index, record)| Some((index, record.uint("value")?)))
        .collect()
}

/// Theil-Sen: the median of the slopes of all pairs, between the ends of its 95 % interval (by the
/// variance of Kendall's S).
fn slope(values: &[u64]) -> (f64, f64, f64) {
    let mut slopes: Vec<f64> = Vec::new();
    for (place, later) in values.iter().enumerate() {
        for (earlier_place, earlier) in values.iter().enumerate().take(place) {
            let apart = (place - earlier_place) as f64;
            slopes.push((*later as f64 - *earlier as f64) / apart);
        }
    }
    slopes.sort_by(f64::total_cmp);
    let (n, pairs) = (values.len() as f64, slopes.len() as f64);
    let wide = 1.96 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let at = |rank: f64| {
        let place = (rank.max(0.0) as usize).min(slopes.len().saturating_sub(1));
        slopes.get(place).copied().unwrap_or_default()
    };
    (at((pairs - wide) / 2.0), at(pairs / 2.0), at((pairs + wide) / 2.0))
}
