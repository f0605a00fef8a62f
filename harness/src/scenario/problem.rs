//! What is wrong with a scenario file, as a person reads it: file, line, column, the line itself,
//! and how to put it right.

use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};

use super::decode::{Mistake, What};

/// The text of a scenario file and the name it is shown under.
#[derive(Clone, Debug)]
pub struct Text {
    /// As the user gave it, or `builtin:…`.
    pub name: String,
    /// What it says.
    pub text: Arc<str>,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The file cannot be run.
    Error,
    /// It can, but something in it does nothing.
    Warning,
}

/// One problem in one file.
#[derive(Clone, Debug)]
pub struct Problem {
    /// How bad it is.
    pub weight: Weight,
    /// What is wrong.
    pub message: String,
    /// A word or two at the place itself.
    pub label: String,
    /// How to put it right.
    pub help: Option<String>,
    /// Where it is, in bytes.
    pub at: Range<usize>,
    source: Arc<NamedSource<String>>,
    text: Text,
}

impl Problem {
    /// An error at a place.
    pub fn error(text: &Text, at: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            weight: Weight::Error,
            message: message.into(),
            label: String::new(),
            help: None,
            at,
            source: Arc::new(
                NamedSource::new(&text.name, text.text.to_string()).with_language("yaml"),
            ),
            text: text.clone(),
        }
    }

    /// A warning at a place.
    pub fn warning(text: &Text, at: Range<usize>, message: impl Into<String>) -> Self {
        Self { weight: Weight::Warning, ..Self::error(text, at, message) }
    }

    /// The same with words at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same with advice.
    #[must_use]
    pub fn advise(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// From what the decoder found.
    pub fn from_mistake(text: &Text, mistake: &Mistake) -> Self {
        let at = mistake.at.clone().unwrap_or(0..0);
        let problem = Self::error(text, at, mistake.to_string());
        match &mistake.what {
            What::UnknownKey { found, known } => problem
                .label("nothing reads this key")
                .advise(nearest(found, known.iter().copied())),
            What::UnknownWord { found, known } => {
                problem.label("not one of them").advise(nearest(found, known.iter().copied()))
            }
            What::Missing(key) => problem.label(format!("needs `{key}`")),
            What::Unquoted(name) => problem
                .label("YAML reads braces as a map")
                .advise(format!("write \"{{{name}}}\", in quotes, for the value from `vary`")),
            What::Other(_) => problem,
        }
    }

    /// Line and column, from 1.
    pub fn line_column(&self) -> (usize, usize) {
        let before = &self.text.text[..self.at.start.min(self.text.text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.text.name
    }

    /// `file:line:column: message`, in one line.
    pub fn one_line(&self) -> String {
        let (line, column) = self.line_column();
        format!("{}:{line}:{column}: {}", self.text.name, self.message)
    }
}

/// Advice that names the nearest of the valid words, and all of them while they are few.
pub fn nearest<'w>(found: &str, known: impl Iterator<Item = &'w str>) -> String {
    /// Beside a near word, more than so many others only hide it.
    const BESIDE_MAX: usize = 16;
    /// More words than this are a reference page, not advice.
    const LISTED_MAX: usize = 40;
    let known: Vec<&str> = known.collect();
    let close = closest(found, known.iter().copied());
    let list = || format!("valid here: {}", known.join(", "));
    match (close, known.len()) {
        (Some(word), 0..=1 | BESIDE_MAX..) => format!("did you mean `{word}`?"),
        (Some(word), 2..BESIDE_MAX) => format!("did you mean `{word}`? {}", list()),
        (None, 0) => "nothing is valid here".to_owned(),
        (None, 1..=LISTED_MAX) => list(),
        (None, n) => format!("none of the {n} valid words is near it"),
    }
}

/// The valid word that was most likely meant.
pub fn closest<'w>(found: &str, known: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    /// Below this two words have little more in common than their length.
    const SIMILAR: f64 = 0.75;
    let wanted = found.to_lowercase();
    let score = |word: &str| {
        let word = word.to_lowercase();
        // One letter wrong, or two in the wrong order, is a slip however short the word.
        let slip = wanted.len() > 2 && strsim::osa_distance(&wanted, &word) <= 1;
        strsim::jaro_winkler(&wanted, &word) + if slip { 1.0 } else { 0.0 }
    };
    known
        .map(|word| (score(word), word))
        .filter(|(score, _)| *score >= SIMILAR)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn severity(&self) -> Option<Severity> {
        Some(match self.weight {
            Weight::Error => Severity::Error,
            Weight::Warning => Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = (!self.label.is_empty()).then(|| self.label.clone());
        let span = LabeledSpan::new_primary_with_span(label, self.at.clone());
        Some(Box::new(std::iter::once(span)))
    }
}
