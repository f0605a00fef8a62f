//! `vary`: every combination of the values to try, each a scenario of its own.

use std::collections::BTreeSet;
use std::ops::Range;

use super::tree::{Entry, Kind, Node, Scalar, Value};

/// One combination: names with the values they stand for, in the file's order.
#[derive(Clone, Debug, Default)]
pub struct Combination(pub Vec<(String, Node)>);

/// A placeholder, or a name under `vary`, that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dangling {
    /// `{name}` without such a name under `vary`.
    Unknown {
        /// The name in braces.
        name: String,
        /// Where it is used.
        at: Range<usize>,
    },
    /// A name under `vary` that nothing uses.
    Unused {
        /// The name.
        name: String,
        /// Where it is defined.
        at: Range<usize>,
    },
}

/// More variants than this are a slip, and would not finish.
pub const VARIANTS_MAX: usize = 1_000;

/// The name of the only variant of a scenario that varies nothing: empty, as in the results.
pub const ONLY: &str = "";

/// The names under `vary` with their values; none where it has another shape, which decoding
/// reports.
pub fn axes(root: &Node) -> Vec<(&Entry, &[Node])> {
    let Some(Entry { value: Node { value: Value::Map(entries), .. }, .. }) = root.entry("vary")
    else {
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|entry| match &entry.value.value {
            Value::List(values) => Some((entry, values.as_slice())),
            Value::Empty | Value::Scalar(_) | Value::Map(_) => None,
        })
        .collect()
}

/// The number of combinations.
pub fn count(root: &Node) -> usize {
    axes(root).iter().fold(1, |product, (_, values)| product.saturating_mul(values.len()))
}

/// Every combination, the last name changing fastest.
pub fn combinations(root: &Node) -> Vec<Combination> {
    let mut all = vec![Combination::default()];
    for (entry, values) in axes(root) {
        all = all
            .iter()
            .flat_map(|so_far| {
                values.iter().map(|value| {
                    let mut longer = so_far.0.clone();
                    longer.push((entry.key.clone(), value.clone()));
                    Combination(longer)
                })
            })
            .collect();
    }
    all
}

impl Combination {
    /// `cut_at=50%,offer_size=900B`: stable, and what `--variant` takes; empty without `vary`.
    pub fn name(&self) -> String {
        if self.0.is_empty() {
            return ONLY.to_owned();
        }
        let parts = self.0.iter().map(|(name, value)| format!("{name}={}", text_of(value)));
        parts.collect::<Vec<_>>().join(",")
    }

    /// The tree with every placeholder replaced; what `vary` itself says stays.
    pub fn apply(&self, root: &Node) -> Node {
        let Value::Map(entries) = &root.value else { return root.clone() };
        let entries = entries
            .iter()
            .map(|entry| match entry.key.as_str() {
                "vary" => entry.clone(),
                _ => Entry { value: self.replace(&entry.value), ..entry.clone() },
            })
            .collect();
        Node { value: Value::Map(entries), at: root.at.clone() }
    }

    fn replace(&self, node: &Node) -> Node {
        let value = match &node.value {
            Value::Empty => Value::Empty,
            Value::Scalar(scalar) => self.fill(scalar),
            Value::List(items) => {
                Value::List(items.iter().map(|item| self.replace(item)).collect())
            }
            Value::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|entry| Entry { value: self.replace(&entry.value), ..entry.clone() })
                    .collect(),
            ),
        };
        Node { value, at: node.at.clone() }
    }

    fn fill(&self, scalar: &Scalar) -> Value {
        for (name, value) in &self.0 {
            // Alone, a placeholder takes over number or flag; within a text it is text.
            if scalar.text == format!("{{{name}}}") {
                return value.value.clone();
            }
        }
        let mut text = scalar.text.clone();
        for (name, value) in &self.0 {
            text = text.replace(&format!("{{{name}}}"), &text_of(value));
        }
        let kind = if text == scalar.text { scalar.kind } else { Kind::Text };
        Value::Scalar(Scalar { text, kind })
    }
}

fn text_of(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.clone(),
        Value::Empty | Value::List(_) | Value::Map(_) => String::new(),
    }
}

/// Placeholders without a name under `vary`, and names that no placeholder uses.
pub fn dangling(root: &Node) -> Vec<Dangling> {
    let axes = axes(root);
    let known: BTreeSet<&str> = axes.iter().map(|(entry, _)| entry.key.as_str()).collect();
    let mut used = BTreeSet::new();
    let mut found = Vec::new();
    if let Value::Map(entries) = &root.value {
        for entry in entries.iter().filter(|entry| entry.key != "vary") {
            walk(&entry.value, &mut |name, at| {
                if known.contains(name) {
                    used.insert(name.to_owned());
                } else {
                    found.push(Dangling::Unknown { name: name.to_owned(), at });
                }
            });
        }
    }
    let unused = axes.iter().filter(|(entry, _)| !used.contains(&entry.key));
    found.extend(
        unused.map(|(entry, _)| Dangling::Unused {
            name: entry.key.clone(),
            at: entry.key_at.clone(),
        }),
    );
    found
}

fn walk(node: &Node, found: &mut impl FnMut(&str, Range<usize>)) {
    match &node.value {
        Value::Empty => {}
        Value::Scalar(scalar) => {
            for name in placeholders(&scalar.text) {
                found(name, node.at.clone());
            }
        }
        Value::List(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Map(entries) => entries.iter().for_each(|entry| walk(&entry.value, found)),
    }
}

/// The names in braces; braces around anything else are text.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).filter(
        |name| {
            let mut letters = name.chars();
            letters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_')
                && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        },
    )
}
