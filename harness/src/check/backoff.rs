//! `backoff`: the gaps between attempts grow, are capped, and are spread.

mod gaps;
mod spread;

use mock_kvs::fault::units::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Doc;
use super::case::{Case, count, seconds};
use super::context::{Context, micros};
use crate::history::History;
use crate::verdict::CheckResult;
use gaps::Gap;

pub(super) const DOC: Doc = Doc {
    holds: "Each gap from a failure to the next attempt lies in [w, 2w) with w = min(cap, \
            base * 2^n), where n counts failures since the last connection that lasted the stable \
            time. Gaps without jitter give a warning. Over 30 gaps or more the jitter, normalised \
            to its window, is uniform by a Kolmogorov-Smirnov test at 1 %.",
    evidence: "The device's `closed` or `retry` to its next `open`, on its own clock; without a \
               trace the service's `conn.end` to the next `accept`, not shorter than from its own \
               `ws.close`, but for expired keys that are refused and put right by others.",
    blind: "Without a trace: attempts that never reached the service (name service, routing; a gap \
            while a real port refuses is inconclusive), and how long the device took to notice a \
            failure and to begin: half a second of it is allowed in each gap.",
    needs: &[],
};

/// Parameters of `backoff`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Judges the gaps after this point; without it all of them.
    pub since: Option<String>,
    /// The first wait before jitter. Default: the device's policy, 100 ms.
    pub base: Option<Span>,
    /// The longest wait before jitter. Default: the device's policy, 10 s.
    pub cap: Option<Span>,
    /// A connection at least this long resets the number of failures. Default: 30 s.
    pub stable: Option<Span>,
    /// The wait is drawn from `[least * w, most * w)`: 0 and 1 are AWS's full jitter, 1 and 2 this
    /// client's.
    pub least: f64,
    /// See `least`.
    pub most: f64,
    /// Fewer gaps than this are no evidence.
    pub at_least: usize,
}

impl Default for Params {
    fn default() -> Self {
        let (base, cap, stable) = (None, None, None);
        Self { since: None, base, cap, stable, least: 1.0, most: 2.0, at_least: 1 }
    }
}

/// The policy that a gap is held against.
#[derive(Clone, Copy, Debug)]
struct Envelope {
    base_us: u64,
    cap_us: u64,
    stable_us: u64,
    least: f64,
    most: f64,
    /// What a correct device may be late.
    late_us: u64,
    /// What may lie around its wait where only the service is heard.
    around_us: u64,
}

/// Without a trace: noticing the end, and what a client does before it connects (keys, threads).
const AROUND_US: u64 = 500_000;

/// Two clocks that count whole milliseconds make a gap look up to this much shorter.
const ROUNDING_US: u64 = 2_000;
/// Jitter narrower than this part of the window is none.
const NO_SPREAD: f64 = 0.02;
/// Gaps from which a missing spread is no accident: three in 2 % of the window are one in 800.
const SPREAD_MIN: usize = 3;
/// Gaps from which the distribution is judged.
const KS_MIN: usize = 30;

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let policy = context.policy;
    let or = |span: Option<Span>, default: u64| span.map_or(default, micros);
    let envelope = Envelope {
        base_us: or(params.base, policy.backoff_base_us),
        cap_us: or(params.cap, policy.backoff_cap_us),
        stable_us: or(params.stable, policy.stable_us),
        least: params.least,
        most: params.most,
        late_us: context.lateness_us(),
        around_us: if context.meets.contains("trace") { 0 } else { AROUND_US },
    };
    let mut case = Case::new("backoff", envelope.text());
    let Some(moment) = context.since(history, params.since.as_deref(), &mut case) else {
        return case.conclude("", []);
    };
    let all = match gaps::find(history, context, envelope.stable_us) {
        Ok(all) => all,
        Err(untraced) => {
            case.unknown(untraced.text(context), untraced.evidence());
            return case.conclude("", []);
        }
    };
    let judged = all.into_iter().filter(|gap| gap.t_us + context.slack_us >= moment);
    let (gaps, unseen): (Vec<Gap>, Vec<Gap>) = judged.partition(|gap| gap.seen);
    for gap in &unseen {
        let text = format!("a gap of {} in or after a time in which ", seconds(gap.us));
        case.unknown(text + "refused attempts leave no record", gap.evidence());
    }
    if unseen.is_empty() && gaps.len() < params.at_least.max(1) {
        let found = format!("{}, fewer than {}", count(gaps.len(), "gap"), params.at_least.max(1));
        case.unknown(found, gaps.iter().flat_map(Gap::evidence));
    }
    let shape = shape(&gaps);
    let mut attempts = Vec::new();
    for (place, gap) in gaps.iter().enumerate() {
        let n = envelope.attempt(gap);
        if !envelope.allows(n, gap) {
            let (low, high) = envelope.window(n);
            let found = format!(
                "gap {} was {}, outside [{}, {}) for n = {n}; {shape}",
                place + 1,
                seconds(gap.us),
                seconds(low),
                seconds(high),
            );
            case.fail(found, gap.evidence());
        }
        attempts.push(n);
    }
    judge_spread(&envelope, &gaps, &attempts, &mut case);
    let shortest = gaps.iter().map(|gap| gap.us).min().unwrap_or_default();
    let longest = gaps.iter().map(|gap| gap.us).max().unwrap_or_default();
    let held =
        format!("{} from {} to {}", count(gaps.len(), "gap"), seconds(shortest), seconds(longest));
    case.conclude(held, gaps.iter().flat_map(Gap::evidence))
}

impl Envelope {
    fn text(&self) -> String {
        format!(
            "gaps in [{}w, {}w) with w = min({}, {} * 2^n), n from 0 after {} CONNECTED",
            self.least,
            self.most,
            seconds(self.cap_us),
            seconds(self.base_us),
            seconds(self.stable_us),
        )
    }

    fn wait_us(&self, n: u32) -> u64 {
        let factor = 1_u64.checked_shl(n).unwrap_or(u64::MAX);
        self.base_us.saturating_mul(factor).min(self.cap_us)
    }

    fn window(&self, n: u32) -> (u64, u64) {
        let wait = self.wait_us(n) as f64;
        // Waits are at most hours: exact in a double.
        ((wait * self.least) as u64, (wait * self.most) as u64)
    }

    fn allows(&self, n: u32, gap: &Gap) -> bool {
        let (low, high) = self.window(n);
        gap.most_us + ROUNDING_US >= low && gap.us < high.max(low + 1) + self.late_us + self.around_us
    }

    /// The number of failures before this gap. A connection that lasted the stable time to within
    /// what timers may be late leaves both open, and the gap decides.
    fn attempt(&self, gap: &Gap) -> u32 {
        match gap.or_n {
            Some(other) if !self.allows(gap.n, gap) => other,
            Some(_) | None => gap.n,
        }
    }

    /// Where in its window a gap lies, 0 to 1.
    fn place(&self, n: u32, gap_us: u64) -> f64 {
        let (low, high) = self.window(n);
        let width = (high - low).max(1) as f64;
        ((gap_us as f64 - low as f64) / width).clamp(0.0, 1.0)
    }
}

fn judge_spread(envelope: &Envelope, gaps: &[Gap], attempts: &[u32], case: &mut Case) {
    if envelope.most <= envelope.least {
        return;
    }
    // A gap whose window is not much wider than a late timer says nothing about the spread.
    let told = |n: u32| {
        let (low, high) = envelope.window(n);
        high - low >= 20 * ROUNDING_US.max(envelope.late_us)
    };
    let places: Vec<f64> = gaps
        .iter()
        .zip(attempts)
        .filter(|(gap, n)| told(**n) && envelope.allows(**n, gap))
        .map(|(gap, n)| envelope.place(*n, gap.us))
        .collect();
    if places.len() < SPREAD_MIN {
        return;
    }
    let most = places.iter().copied().fold(f64::MIN, f64::max);
    let least = places.iter().copied().fold(f64::MAX, f64::min);
    if most - least < NO_SPREAD {
        let found = format!(
            "{} without jitter: all at {:.0} % to {:.0} % of their window",
            count(places.len(), "gap"),
            least * 100.0,
            most * 100.0,
        );
        case.warn(found, gaps.iter().flat_map(Gap::evidence));
        return;
    }
    if places.len() >= KS_MIN {
        let test = spread::uniform(&places);
        if test.distance > test.critical {
            let found = format!(
                "the jitter of {} is not uniform: distance {:.3}, more than {:.3} (1 %)",
                count(places.len(), "gap"),
                test.distance,
                test.critical,
            );
            case.fail(found, gaps.iter().flat_map(Gap::evidence));
        }
    }
}

/// All gaps in one glance, with a word for the usual mistakes.
fn shape(gaps: &[Gap]) -> String {
    let steps: Vec<f64> = gaps.windows(2).map(|pair| pair[1].us as f64 - pair[0].us as f64).collect();
    let largest = gaps.iter().map(|gap| gap.us).max().unwrap_or_default() as f64;
    let spread = |values: &[f64]| {
        let most = values.iter().copied().fold(f64::MIN, f64::max);
        most - values.iter().copied().fold(f64::MAX, f64::min)
    };
    let word = if steps.len() < 2 {
        ""
    } else if steps.iter().all(|step| step.abs() < 0.1 * largest) {
        " (constant)"
    } else if spread(&steps) < 0.1 * largest && steps.iter().all(|step| *step > 0.0) {
        " (linear)"
    } else {
        ""
    };
    let shown: Vec<String> = gaps.iter().take(12).map(|gap| seconds(gap.us)).collect();
    let more = if gaps.len() > shown.len() { ", …" } else { "" };
    format!("all gaps{word}: {}{more}", shown.join(", "))
}
