//! What a board must be capable of for a scenario, derived from what the scenario does.

use mock_kvs::fault::{FaultKind, Layer};

use super::model::{DEVICE, Joins, Liveness, Role, Scenario};
use super::steps::{ExpectNone, Step, Wait};
use super::words::{self, Source};
use crate::check::Checks;

/// A capability with the reason it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// Its name: `link.reset`, `trace`, `clock.virtual`.
    pub name: String,
    /// What is lost without it.
    pub of: NeededBy,
}

/// What a missing capability costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NeededBy {
    /// The whole run, which is skipped: the words say which step or set-up asks for it.
    Run(String),
    /// This check only.
    Check(&'static str),
}

/// Capabilities that are not faults.
pub const CAPABILITIES: &[&str] = &[
    "tls",
    "trace",
    "gauges",
    "clock.virtual",
    "clock.set",
    "dns",
    "power",
    "sleep",
    "net.drop",
    "large_messages",
    "certificate",
];

/// Above this many decoded bytes a message needs a build with larger buffers (decision 6).
pub const SMALL_MESSAGE_BYTES_MAX: u64 = 10_240;

/// The capability that a fault is.
pub fn of_fault(fault: FaultKind) -> String {
    let layer = match fault.layer() {
        Layer::Link => "link",
        Layer::Tls => "tls",
        Layer::Http => "http",
        Layer::Websocket => "websocket",
        Layer::Clock => "clock",
        Layer::Dns => "dns",
    };
    format!("{layer}.{}", fault.word())
}

/// Every name that `needs:` may use.
pub fn names() -> Vec<String> {
    let capabilities = CAPABILITIES.iter().map(|name| (*name).to_owned());
    capabilities.chain(FaultKind::ALL.into_iter().map(of_fault)).collect()
}

/// Everything a scenario needs, the run's own needs first, each once.
pub fn of_scenario(scenario: &Scenario) -> Vec<Need> {
    let mut needs = Vec::new();
    for name in &scenario.needs {
        add(&mut needs, name, NeededBy::Run("the file asks for it".to_owned()));
    }
    for need in derived(scenario) {
        add(&mut needs, &need.name, need.of);
    }
    needs
}

/// What set-up, steps and checks imply.
pub fn derived(scenario: &Scenario) -> Vec<Need> {
    let mut needs = Vec::new();
    if scenario.device.clock_offset.is_some() || scenario.device.clock_at.is_some() {
        add(&mut needs, "clock.set", NeededBy::Run("the device starts with a wrong clock".into()));
    }
    if scenario.device.role == Role::Viewer && scenario.liveness == Liveness::On {
        // Nobody can make another one's viewer offer at a given time.
        add(&mut needs, "trace", NeededBy::Run("the device is told to make an offer".into()));
    }
    if scenario.device.start == Joins::Step {
        add(&mut needs, "trace", NeededBy::Run("the device starts by a command".into()));
    }
    if scenario.service.iot.is_some() {
        let of = "the device takes its credentials by its certificate".into();
        add(&mut needs, "certificate", NeededBy::Run(of));
    }
    for (n, step) in scenario.steps.iter().enumerate() {
        of_step(&mut needs, n + 1, step);
    }
    of_checks(&mut needs, &scenario.checks);
    needs
}

fn add(needs: &mut Vec<Need>, name: &str, of: NeededBy) {
    let known = |need: &Need| match (&need.of, &of) {
        (NeededBy::Run(_), _) => need.name == name,
        (NeededBy::Check(a), NeededBy::Check(b)) => need.name == name && a == b,
        (NeededBy::Check(_), NeededBy::Run(_)) => false,
    };
    if !needs.iter().any(known) {
        needs.push(Need { name: name.to_owned(), of });
    }
}

fn of_step(needs: &mut Vec<Need>, n: usize, step: &Step) {
    let by_step = || NeededBy::Run(format!("step {n}, `{}`", step.word()));
    match step {
        Step::Inject(spec) => {
            add(needs, &of_fault(spec.fault), by_step());
            if spec.fault.layer() == Layer::Tls {
                add(needs, "tls", by_step());
            }
        }
        Step::Wait(Wait { event, fields, .. })
        | Step::ExpectNone(ExpectNone { event, fields, .. }) => {
            let by_device = words::find(event).is_some_and(|word| word.source == Source::Device);
            if by_device && words::stand_in(event, fields).is_none() {
                add(needs, "trace", by_step());
            }
        }
        Step::Command(_) => add(needs, "trace", by_step()),
        Step::Send(send) => {
            if send.from == DEVICE {
                add(needs, "trace", by_step());
            }
            if send.size.0 > SMALL_MESSAGE_BYTES_MAX {
                add(needs, "large_messages", by_step());
            }
        }
        Step::Reset(_) | Step::Power(_) => add(needs, "power", by_step()),
        Step::Sleep(_) => add(needs, "sleep", by_step()),
        Step::Cable(_) => add(needs, "net.drop", by_step()),
        Step::Advance(_) => add(needs, "clock.virtual", by_step()),
        Step::Repeat(repeat) => {
            for step in &repeat.steps {
                of_step(needs, n, step);
            }
        }
        Step::Heal(_)
        | Step::Connect(_)
        | Step::Disconnect(_)
        | Step::Service(_)
        | Step::Settle(_)
        | Step::Note(_) => {}
    }
}

/// What the checks asked for cannot judge without.
fn of_checks(needs: &mut Vec<Need>, checks: &Checks) {
    for check in checks.asked() {
        for need in check.doc.needs {
            add(needs, need, NeededBy::Check(check.id));
        }
    }
}
