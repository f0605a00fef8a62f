//! `health`: the device did not crash, and its whole trace is there.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::case::{Case, count};
use super::context::Context;
use super::device::Trace;
use super::Doc;
use crate::history::{HARNESS, History, Record};
use crate::verdict::CheckResult;

pub(super) const DOC: Doc = Doc {
    holds: "The device reports no panic, no reset that the scenario did not ask for, and no line \
            of its trace is missing.",
    evidence: "The device's trace: its line numbers, `panic` and `hello`. Without a trace only \
               that the service heard of the device at all.",
    blind: "A crash of a device without a trace looks like a lost connection.",
    needs: &[],
};

/// Parameters of `health`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Params {
    /// Reset reasons that are no complaint, beside those of the scenario's own `reset`, `power`
    /// and `sleep` steps: `power`, `software`, `watchdog`, `panic`, `brownout`, `deep_sleep`.
    pub resets: BTreeSet<String>,
}

pub(super) fn judge(params: &Params, history: &History, context: &Context) -> CheckResult {
    let id = "health";
    let mut case = Case::new(id, "no panic, no unasked reset, every line of the trace");
    if !context.meets.contains("trace") {
        let heard = super::service::of(history, &context.device).next();
        return match heard {
            Some((index, _)) => case.conclude("no trace; the service heard of the device", [index]),
            None => {
                case.unknown("neither a trace nor a connection of the device", []);
                case.conclude("", [])
            }
        };
    }
    let trace = Trace::whatever_is_there(history);
    for panic in trace.all("panic") {
        case.fail(format!("panic: {}", panic.text("text")), [panic.index]);
    }
    let boots = boots(&trace);
    for (index, reset) in boots.iter().skip(1) {
        let wanted = params.resets.contains(*reset) || asked_before(history, *index);
        if !wanted {
            case.fail(format!("a reset nobody asked for, reason `{reset}`"), [*index]);
        }
    }
    if let Some((text, shown_by)) = trace.hole() {
        case.unknown(text, shown_by);
    }
    if trace.records.is_empty() {
        case.unknown("the device reported nothing", []);
    }
    let lines = count(trace.records.len(), "line");
    case.conclude(format!("{lines}, none missing; {}", count(boots.len(), "boot")), [])
}

/// Each boot's first `hello`, with its reset reason.
fn boots<'h>(trace: &Trace<'h>) -> Vec<(usize, &'h str)> {
    let mut last_seq = None;
    let mut boots = Vec::new();
    for hello in &trace.records {
        let seq = hello.record.seq;
        if hello.record.event == "hello" && last_seq.is_none_or(|last| seq <= last) {
            boots.push((hello.index, hello.text("reset")));
        }
        last_seq = Some(seq);
    }
    boots
}

/// Whether the last step of the scenario before this record resets the board.
fn asked_before(history: &History, index: usize) -> bool {
    let resets = |record: &Record| matches!(record.text("word"), Some("reset" | "power" | "sleep"));
    let before = history.records().get(..index).unwrap_or_default();
    let last = before.iter().rev().find(|record| record.is(HARNESS, "step"));
    last.is_some_and(resets)
}

