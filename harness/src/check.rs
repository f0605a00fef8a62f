//! Judges a run: pure functions over what was recorded.
//!
//! A check reads a [`History`] and a [`Context`] and gives a [`CheckResult`]; it does no IO and
//! never asks the runner. What it cannot see it calls inconclusive, never a pass. Each is a file of
//! its own with its parameters (as the scenario file writes them under `checks:`), what it holds,
//! which evidence it needs and what it cannot see; [`ALL`] lists them.

mod case;
mod context;
mod device;
mod fault;
mod guide;
mod message;
mod service;
mod setting;
pub mod sometimes;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;

use crate::history::History;
use crate::verdict::CheckResult;

pub use context::{Context, End, Policy, Requirement, Role};
pub use guide::guide;
pub use setting::Setting;

/// One check as `explain` and the documentation show it.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its word under `checks:`.
    pub id: &'static str,
    /// Its own description.
    pub doc: Doc,
    /// When it is judged.
    pub when: When,
    /// The JSON Schema of its parameters.
    pub parameters: fn(&mut SchemaGenerator) -> Schema,
}

/// When a check is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// In every run that does not switch it off.
    Always,
    /// In the runs of scenarios that ask for it.
    Asked,
    /// Once for all runs of a scenario that asks for it.
    Scenario,
}

/// What a check says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Doc {
    /// What holds when it passes.
    pub holds: &'static str,
    /// The records it judges by.
    pub evidence: &'static str,
    /// What it cannot see.
    pub blind: &'static str,
    /// Names of `needs` without which it is skipped.
    pub needs: &'static [&'static str],
}

macro_rules! checks {
    ($( $(#[$doc:meta])* $id:ident : $when:ident ),* $(,)?) => {
        $( pub mod $id; )*

        /// The `checks:` map of a scenario file.
        #[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct Checks {
            $( $(#[$doc])* pub $id: Setting<$id::Params>, )*
            /// Over the variants and repeats each of these must have happened at least once.
            pub sometimes: Vec<sometimes::Sometimes>,
        }

        /// Every check there is.
        pub const ALL: &[Check] = &[
            $( Check {
                id: stringify!($id),
                doc: $id::DOC,
                when: When::$when,
                parameters: |generator| $id::Params::json_schema(generator),
            }, )*
            Check {
                id: "sometimes",
                doc: sometimes::DOC,
                when: When::Scenario,
                parameters: |generator| Vec::<sometimes::Sometimes>::json_schema(generator),
            },
        ];

        impl Checks {
            /// The checks that this map asks for, those that are always judged among them.
            pub fn asked(&self) -> Vec<&'static Check> {
                let asked = [
                    $( self.$id.asked(When::$when == When::Always), )*
                    !self.sometimes.is_empty(),
                ];
                ALL.iter().zip(asked).filter(|(_, asked)| *asked).map(|(check, _)| check).collect()
            }

            /// What each check asked for requires, with its numbers, in the words of its results.
            pub fn required(&self, context: &Context) -> Vec<(&'static str, String)> {
                // What is required does not depend on what happened: nothing did.
                let nothing = History::new();
                let mut required = Vec::new();
                $( if self.$id.asked(When::$when == When::Always) {
                    let parameters = self.$id.parameters();
                    let result = $id::judge(&parameters, &nothing, context);
                    required.push((stringify!($id), result.required));
                } )*
                required
            }

            /// Judges one run by every check asked for. A check whose need `context` lacks is
            /// skipped with the reason. `sometimes` is judged over a scenario's runs:
            /// [`sometimes::judge`].
            pub fn judge(&self, history: &History, context: &Context) -> Vec<CheckResult> {
                let mut results = Vec::new();
                $( if self.$id.asked(When::$when == When::Always) {
                    results.push(match context.lacks($id::DOC.needs) {
                        Some(need) => CheckResult::skipped(stringify!($id), need),
                        None => $id::judge(&self.$id.parameters(), history, context),
                    });
                } )*
                results
            }
        }
    };
}

checks! {
    /// No panic, no unexpected reset, no line of the trace lost.
    health: Always,
    /// No secret in any record, console line or report.
    secrets: Always,
    /// After all faults are removed: CONNECTED, and a fresh offer answered.
    liveness: Always,
    /// From the fault to CONNECTED within a time; one WebSocket at a time.
    reconnect: Asked,
    /// Gaps between attempts grow, are capped and carry jitter.
    backoff: Asked,
    /// A dead link is noticed in time, a slow but live one causes no reconnect.
    half_open: Asked,
    /// The number of live WebSockets at any time.
    sockets: Asked,
    /// Connects stay below a rate, however long the outage.
    storm: Asked,
    /// Heap and sockets stay level over readings and below what is given; the stack keeps a margin.
    resources: Asked,
    /// What a device does from the end of a sleep to its first answer.
    wake: Asked,
    /// TCP, TLS, upgrade and each call have their own bound.
    phases: Asked,
    /// Each message reaches the application exactly once, or its loss is reported.
    delivered_once: Asked,
    /// Each offer is answered at most once, to the viewer that sent it.
    answers: Asked,
    /// GO_AWAY over the socket is obeyed inside its grace.
    go_away: Asked,
    /// Nothing is signed with expired credentials; each connect has a fresh signature.
    credentials: Asked,
    /// Clock skew is learned from `Date` and applied; no loop of 403.
    clock: Asked,
    /// ICE servers are refreshed in time; a failed refresh harms nothing.
    ice: Asked,
    /// The service's rates are kept; a limited call waits, and only that call.
    throttle: Asked,
}

#[cfg(test)]
mod tests;
