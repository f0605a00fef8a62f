//! `--filter EXPR`: which scenarios are meant.
//!
//! ```text
//! expr  = and ( "or" and )*        and = not ( "and" not )*       not = "not" not | "(" expr ")" | term
//! term  = tag:WORD | severity:must|should|info | need:NAME | id:ID | id~GLOB | title~GLOB
//! ```
//! In a glob `*` stands for any text and `?` for one character; case does not count.

use std::fmt;
use std::str::FromStr;

use super::model::{Scenario, Severity};
use super::needs;
use super::problem::nearest;
use crate::glob;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    expr: Expr,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Expr {
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Tag(String),
    Severity(Severity),
    Need(String),
    Id(String),
    IdGlob(String),
    TitleGlob(String),
}

/// Why an expression cannot be read, with the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    expression: String,
    /// In characters, from 0.
    column: usize,
    problem: String,
}

impl std::error::Error for FilterError {}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.problem)?;
        writeln!(f, "    {}", self.expression)?;
        write!(f, "    {}^", " ".repeat(self.column))
    }
}

impl Filter {
    /// Whether a scenario is meant.
    pub fn fits(&self, id: &str, scenario: &Scenario) -> bool {
        self.expr.fits(id, scenario)
    }
}

impl Expr {
    fn fits(&self, id: &str, scenario: &Scenario) -> bool {
        match self {
            Self::And(a, b) => a.fits(id, scenario) && b.fits(id, scenario),
            Self::Or(a, b) => a.fits(id, scenario) || b.fits(id, scenario),
            Self::Not(a) => !a.fits(id, scenario),
            Self::Tag(tag) => scenario.tags.contains(tag),
            Self::Severity(severity) => scenario.severity == *severity,
            Self::Need(name) => needs::of_scenario(scenario).iter().any(|need| need.name == *name),
            Self::Id(wanted) => id == wanted,
            Self::IdGlob(glob) => matches(glob, id),
            Self::TitleGlob(glob) => matches(glob, &scenario.title),
        }
    }
}

/// Whether a text fits a glob, in whatever case.
fn matches(pattern: &str, text: &str) -> bool {
    glob::fits(&pattern.to_lowercase(), &text.to_lowercase())
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut reader = Reader { text, tokens: tokens(text), next: 0, depth: 0 };
        let expr = reader.or()?;
        match reader.peek() {
            None => Ok(Self { expr }),
            Some((_, word)) => {
                let problem = format!("expected `and` or `or` before `{word}`");
                Err(reader.error_here(problem))
            }
        }
    }
}

/// Words and parentheses with the column they start at.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (column, c) in text.chars().enumerate() {
        match c {
            '(' | ')' => {
                tokens.push((column, c.to_string()));
                open = false;
            }
            c if c.is_whitespace() => open = false,
            c => match tokens.last_mut() {
                Some((_, word)) if open => word.push(c),
                Some(_) | None => {
                    tokens.push((column, c.to_string()));
                    open = true;
                }
            },
        }
    }
    tokens
}

struct Reader<'t> {
    text: &'t str,
    tokens: Vec<(usize, String)>,
    next: usize,
    depth: usize,
}

/// Deeper nesting is no expression a person writes.
const DEPTH_MAX: usize = 64;

impl Reader<'_> {
    fn peek(&self) -> Option<(usize, String)> {
        self.tokens.get(self.next).cloned()
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|(_, next)| next.eq_ignore_ascii_case(word));
        self.next += usize::from(found);
        found
    }

    fn error_here(&self, problem: impl Into<String>) -> FilterError {
        let end = self.text.chars().count();
        let column = self.peek().map_or(end, |(column, _)| column);
        FilterError { expression: self.text.to_owned(), column, problem: problem.into() }
    }

    fn or(&mut self) -> Result<Expr, FilterError> {
        let mut left = self.and()?;
        while self.take_word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, FilterError> {
        let mut left = self.not()?;
        while self.take_word("and") {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, FilterError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.error_here("too deep"));
        }
        let expr = if self.take_word("not") {
            Expr::Not(Box::new(self.not()?))
        } else if self.take_word("(") {
            let inner = self.or()?;
            if !self.take_word(")") {
                return Err(self.error_here("expected `)`"));
            }
            inner
        } else {
            self.term()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn term(&mut self) -> Result<Expr, FilterError> {
        const SHAPES: &str = "tag:WORD, severity:WORD, need:NAME, id:ID, id~GLOB or title~GLOB";
        let Some((column, word)) = self.peek() else {
            return Err(self.error_here(format!("expected {SHAPES}")));
        };
        let Some(split) = word.find([':', '~']) else {
            return Err(self.error_here(format!("`{word}` is no term; write {SHAPES}")));
        };
        let (key, rest) = word.split_at(split);
        let (sign, value) = rest.split_at(1);
        let error =
            |column, problem| FilterError { expression: self.text.to_owned(), column, problem };
        if value.is_empty() {
            return Err(error(column + split + 1, format!("nothing after `{key}{sign}`")));
        }
        let expr = match (key, sign) {
            ("tag", ":") => Expr::Tag(value.to_owned()),
            ("severity", ":") => Expr::Severity(match value {
                "must" => Severity::Must,
                "should" => Severity::Should,
                "info" => Severity::Info,
                other => {
                    let help = nearest(other, ["must", "should", "info"].into_iter());
                    let problem = format!("no severity `{other}`; {help}");
                    return Err(error(column + split + 1, problem));
                }
            }),
            ("need", ":") => Expr::Need(value.to_owned()),
            ("id", ":") => Expr::Id(value.to_owned()),
            ("id", "~") => Expr::IdGlob(value.to_owned()),
            ("title", "~") => Expr::TitleGlob(value.to_owned()),
            (other, _) => {
                let keys = ["tag:", "severity:", "need:", "id:", "id~", "title~"];
                let help = nearest(&format!("{other}{sign}"), keys.into_iter());
                return Err(error(column, format!("`{other}{sign}` is no term; {help}")));
            }
        };
        self.next += 1;
        Ok(expr)
    }
}

#[cfg(test)]
#[path = "filter/tests.rs"]
mod tests;
