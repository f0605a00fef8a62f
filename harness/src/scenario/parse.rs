//! From the text of a file to its variants, or to what is wrong with it.

use std::sync::Arc;

use super::decode::{Mistake, decode};
use super::lint;
use super::model::Scenario;
use super::problem::{Problem, Text, Weight, closest};
use super::steps::Step;
use super::tree::{self, Hop, Node, Value};
use super::vary::{self, Combination, Dangling};

/// A checked scenario file.
#[derive(Clone, Debug)]
pub struct ScenarioFile {
    /// Its path below `scenarios/` without the extension: `reconnect/close-1001`.
    pub id: String,
    /// What names it on the command line: id, path or `builtin:…`.
    pub argument: String,
    /// Its text and the name it is shown under.
    pub text: Text,
    /// Every combination of `vary`, in order; one when nothing varies.
    pub variants: Vec<Variant>,
    /// What does nothing in it.
    pub warnings: Vec<Problem>,
    /// The line of each top-level step.
    step_lines: Vec<usize>,
}

/// One combination of the values under `vary`.
#[derive(Clone, Debug)]
pub struct Variant {
    /// `cut_at=50%,offer_size=900B`; empty without `vary`.
    pub name: String,
    /// The scenario with the values in place.
    pub scenario: Arc<Scenario>,
}

impl ScenarioFile {
    /// What all variants have in common: title, tags, refs…
    pub fn scenario(&self) -> &Scenario {
        // `parse` never returns a file without variants.
        &self.variants[0].scenario
    }

    /// The line of a top-level step, both from 1; the file's first line when it has no such step.
    pub fn line_of_step(&self, step: usize) -> usize {
        step.checked_sub(1).and_then(|n| self.step_lines.get(n)).copied().unwrap_or(1)
    }

    /// The variant of a name.
    pub fn variant(&self, name: &str) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.name == name)
    }
}

/// Reads and checks a scenario.
///
/// # Errors
/// Every problem that was found; at least one of them is an error.
pub fn parse(id: &str, name: &str, text: &str) -> Result<ScenarioFile, Vec<Problem>> {
    let text = Text { name: name.to_owned(), text: Arc::from(text) };
    let root = tree::parse(&text.text)
        .map_err(|mistake| vec![Problem::error(&text, mistake.at, mistake.message)])?;
    if !matches!(root.value, Value::Map(_)) {
        let help = "begin with `title:` and `steps:`, or let `scenario new ID` write one";
        return Err(vec![Problem::error(&text, root.at, "this is not a scenario").advise(help)]);
    }
    let Varied { mut problems, may_fill } = vary_problems(&text, &root);
    if !may_fill {
        return Err(problems);
    }
    let mut variants = Vec::new();
    for combination in vary::combinations(&root) {
        match variant(&text, &root, &combination) {
            Ok((variant, found)) => {
                variants.push(variant);
                merge(&mut problems, found);
            }
            Err(found) => merge(&mut problems, found),
        }
    }
    problems.sort_by_key(|problem| (problem.weight, problem.at.start));
    if problems.iter().any(|problem| problem.weight == Weight::Error) {
        // A name that is misspelt where it is used looks unused where it is given.
        problems.retain(|problem| problem.weight == Weight::Error);
        return Err(problems);
    }
    let step_lines = step_lines(&text.text, &root);
    Ok(ScenarioFile {
        id: id.to_owned(),
        argument: name.to_owned(),
        text,
        variants,
        warnings: problems,
        step_lines,
    })
}

fn variant(
    text: &Text,
    root: &Node,
    combination: &Combination,
) -> Result<(Variant, Vec<Problem>), Vec<Problem>> {
    let filled = combination.apply(root);
    let scenario: Scenario = decode(&filled).map_err(|first| mistakes(text, &filled, &first))?;
    let problems = lint::lint(&scenario, text, &filled);
    Ok((Variant { name: combination.name(), scenario: Arc::new(scenario) }, problems))
}

fn step_lines(text: &str, root: &Node) -> Vec<usize> {
    let Some(Value::List(steps)) = root.entry("steps").map(|entry| &entry.value.value) else {
        return Vec::new();
    };
    steps.iter().map(|step| text[..step.at.start].matches('\n').count() + 1).collect()
}

/// The mistake that ended decoding, and those of every other step: nobody likes to hear of one at a
/// time.
fn mistakes(text: &Text, root: &Node, first: &Mistake) -> Vec<Problem> {
    let mut problems = vec![Problem::from_mistake(text, first)];
    let steps = root.entry("steps").map(|entry| &entry.value.value);
    if let Some(Value::List(steps)) = steps {
        let more = steps.iter().filter_map(|step| decode::<Step>(step).err());
        merge(&mut problems, more.map(|mistake| Problem::from_mistake(text, &mistake)).collect());
    }
    problems
}

/// A problem that several variants share is told once.
fn merge(all: &mut Vec<Problem>, found: Vec<Problem>) {
    for problem in found {
        let told = all.iter().any(|p| p.at == problem.at && p.message == problem.message);
        if !told {
            all.push(problem);
        }
    }
}

/// What is wrong with `vary`.
struct Varied {
    problems: Vec<Problem>,
    /// Whether every placeholder has a value, so that the rest can be looked at too.
    may_fill: bool,
}

fn vary_problems(text: &Text, root: &Node) -> Varied {
    let mut problems = Vec::new();
    for (entry, values) in vary::axes(root) {
        let mut seen = Vec::new();
        for value in values {
            match &value.value {
                Value::Scalar(scalar) if seen.contains(&&scalar.text) => {
                    let message = format!("`{}` has the value {} twice", entry.key, scalar.text);
                    problems.push(Problem::error(text, value.at.clone(), message));
                }
                Value::Scalar(scalar) => seen.push(&scalar.text),
                Value::Empty | Value::List(_) | Value::Map(_) => {
                    let message = format!("a value of `{}` is a word, number or text", entry.key);
                    problems.push(Problem::error(text, value.at.clone(), message));
                }
            }
        }
        if values.is_empty() {
            let message = format!("`{}` has no value to try", entry.key);
            problems.push(Problem::error(text, entry.key_at.clone(), message));
        }
    }
    let count = vary::count(root);
    if count > vary::VARIANTS_MAX {
        let at = root.place(&[Hop::Key("vary".to_owned())]);
        let message = format!("these values make {count} variants, {} at most", vary::VARIANTS_MAX);
        problems.push(Problem::error(text, at, message));
    }
    let dangling = vary::dangling(root);
    let unused = |d: &Dangling| matches!(d, Dangling::Unused { .. });
    let may_fill = problems.is_empty() && dangling.iter().all(unused);
    problems.extend(dangling.iter().map(|d| self::dangling(text, root, d)));
    Varied { problems, may_fill }
}

fn dangling(text: &Text, root: &Node, dangling: &Dangling) -> Problem {
    let names: Vec<String> = vary::axes(root).iter().map(|(e, _)| e.key.clone()).collect();
    match dangling {
        Dangling::Unknown { name, at } => {
            let message = format!("`vary` has no `{name}`");
            let problem = Problem::error(text, at.clone(), message).label("placeholder");
            match closest(name, names.iter().map(String::as_str)) {
                Some(near) => problem.advise(format!("did you mean \"{{{near}}}\"?")),
                None if names.is_empty() => {
                    problem.advise(format!("give it values: `vary: {{ {name}: [first, second] }}`"))
                }
                None => problem.advise(format!("it has: {}", names.join(", "))),
            }
        }
        Dangling::Unused { name, at } => {
            let message = format!("nothing uses \"{{{name}}}\"");
            Problem::error(text, at.clone(), message)
                .label("each value would run the same scenario again")
                .advise(format!("write \"{{{name}}}\" where its value belongs, or remove it"))
        }
    }
}

#[cfg(test)]
#[path = "parse/tests.rs"]
mod tests;
