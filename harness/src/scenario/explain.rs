//! `scenario explain`: what a scenario claims, what happens in it, how it is judged, and what it
//! cannot see.

use std::fmt::{self, Write};

use mock_kvs::fault::{FaultKind, FaultSpec};
use schemars::schema_for;

use crate::check::{Checks, Context, When};

use super::describe;
use super::model::{Liveness, Scenario};
use super::needs::{self, Need, NeededBy};
use super::parse::ScenarioFile;
use super::steps::Step;

/// The whole explanation, as plain text.
///
/// # Errors
/// None in practice: it writes to a string.
pub fn explain(file: &ScenarioFile) -> Result<String, fmt::Error> {
    let scenario = file.scenario();
    let mut out = String::new();
    writeln!(out, "{}  ({})", file.id, scenario.severity.word())?;
    writeln!(out, "{}", scenario.title)?;
    list(&mut out, "Comes from", scenario.refs.iter().cloned())?;
    list(&mut out, "Tags", (!scenario.tags.is_empty()).then(|| scenario.tags.join(", ")))?;
    list(&mut out, "Needs of a board", needs::of_scenario(scenario).iter().map(need))?;
    variants(&mut out, file)?;
    writeln!(out, "\nWhat happens")?;
    steps(&mut out, &file_steps(file), 2)?;
    if scenario.liveness == Liveness::On {
        writeln!(
            out,
            "   Then every fault is removed, and the device must become CONNECTED and answer one \
             fresh offer."
        )?;
    }
    list(&mut out, "Judged by", judged(scenario))?;
    list(&mut out, "The faults in it", fault_notes(scenario))?;
    list(&mut out, "What it cannot see", blind_spots(scenario))?;
    writeln!(out, "\nRun it\n   scenario run {}", file.argument)?;
    Ok(out)
}

fn list(
    out: &mut String,
    title: &str,
    lines: impl IntoIterator<Item = String>,
) -> Result<(), fmt::Error> {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "\n{title}")?;
    lines.try_for_each(|line| wrapped(out, &line))
}

/// A line of a list, broken between words; what follows is indented further.
fn wrapped(out: &mut String, line: &str) -> fmt::Result {
    const WIDTH: usize = 96;
    let mut width = 0;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if width == 0 {
            write!(out, "   {word}")?;
            width = 3 + length;
        } else if width + 1 + length > WIDTH {
            write!(out, "\n     {word}")?;
            width = 5 + length;
        } else {
            write!(out, " {word}")?;
            width += 1 + length;
        }
    }
    writeln!(out)
}

fn need(need: &Need) -> String {
    match &need.of {
        NeededBy::Run(by) => format!("{} ({by}); without it the run is skipped", need.name),
        NeededBy::Check(check) => {
            format!("{} (check `{check}`); without it only this check is skipped", need.name)
        }
    }
}

fn variants(out: &mut String, file: &ScenarioFile) -> fmt::Result {
    if file.variants.len() < 2 {
        return Ok(());
    }
    let names = file.variants.iter().map(|variant| variant.name.clone());
    list(out, &format!("{} variants, each a run of its own", file.variants.len()), names)
}

/// The steps of the first variant: the others differ in values only.
fn file_steps(file: &ScenarioFile) -> Vec<Step> {
    file.scenario().steps.clone()
}

fn steps(out: &mut String, steps: &[Step], indent: usize) -> fmt::Result {
    for (n, step) in steps.iter().enumerate() {
        writeln!(out, "{:indent$}{:>2}. {}", "", n + 1, describe::step(step))?;
        if let Step::Repeat(repeat) = step {
            self::steps(out, &repeat.steps, indent + 4)?;
        }
    }
    Ok(())
}

/// Each check that is asked for, with its numbers, and those that always judge.
pub fn judged(scenario: &Scenario) -> Vec<String> {
    let mut lines = of_checks(&scenario.checks);
    lines.push("health: no panic, no watchdog, no reset that was not asked for (always)".into());
    lines.push("secrets: no key, token or password in anything recorded (always)".into());
    if scenario.liveness == Liveness::On {
        lines.push("liveness: healed, the device connects and answers one fresh offer".into());
    }
    lines
}

fn of_checks(checks: &Checks) -> Vec<String> {
    let asked: Vec<&str> =
        checks.asked().iter().filter(|c| c.when == When::Asked).map(|c| c.id).collect();
    let mut lines: Vec<String> = checks
        .required(&Context::sim())
        .into_iter()
        .filter(|(id, _)| asked.contains(id))
        .map(|(id, required)| format!("{id}: {required}"))
        .collect();
    let sometimes = checks.sometimes.iter();
    lines.extend(sometimes.map(|s| format!("sometimes: in at least one of all runs, {s}")));
    lines
}

/// The faults of a scenario, those inside `repeat` included, each kind once.
fn faults(scenario: &Scenario) -> Vec<&FaultSpec> {
    fn collect<'s>(steps: &'s [Step], found: &mut Vec<&'s FaultSpec>) {
        for step in steps {
            if let Step::Inject(spec) = step {
                found.push(spec);
            } else if let Step::Repeat(repeat) = step {
                collect(&repeat.steps, found);
            }
        }
    }
    let mut found: Vec<&FaultSpec> = Vec::new();
    collect(&scenario.steps, &mut found);
    found.sort_by_key(|spec| spec.fault);
    found.dedup_by_key(|spec| spec.fault);
    found
}

fn fault_notes(scenario: &Scenario) -> Vec<String> {
    faults(scenario).iter().map(|spec| format!("{}: {}", spec.fault, meaning(spec.fault))).collect()
}

/// What a fault does: the words of its definition.
pub fn meaning(fault: FaultKind) -> String {
    let schema = schema_for!(FaultKind).to_value();
    let choices = schema["oneOf"].as_array().cloned().unwrap_or_default();
    let found = choices.iter().find(|choice| choice["const"] == fault.word());
    found
        .and_then(|choice| choice["description"].as_str())
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .unwrap_or_default()
}

/// What a pass does not say.
fn blind_spots(scenario: &Scenario) -> Vec<String> {
    let mut lines = Vec::new();
    let kinds: Vec<FaultKind> = faults(scenario).iter().map(|spec| spec.fault).collect();
    if kinds.contains(&FaultKind::BlackHole) {
        lines.push(
            "The kernel still acknowledges what a black hole swallows, so a client that relies on \
             TCP keep-alive sees a healthy socket and fails here; only dropped packets (need \
             net.drop) would judge it fairly."
                .to_owned(),
        );
    }
    if kinds.contains(&FaultKind::Refuse) {
        lines.push(
            "A refused connection answers at once; a network that answers nothing \
             (accept-silence) takes the client's own timeouts instead."
                .to_owned(),
        );
    }
    let asked = scenario.checks.asked().into_iter().filter(|check| check.when == When::Asked);
    lines.extend(asked.map(|check| format!("{}: {}", check.id, check.doc.blind)));
    lines.push("On sim there is no TLS and no kernel: host shows what they add.".to_owned());
    lines
}
