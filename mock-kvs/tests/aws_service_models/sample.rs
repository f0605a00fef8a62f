//! Strings that match a model's pattern, of a wanted length, and strings that cannot.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind};

/// A pattern of a model: concatenations of literals and repeated classes, as all of them are.
pub struct Pattern {
    hir: Hir,
}

impl Pattern {
    pub fn new(text: &str) -> Self {
        // AWS matches in Java, whose `\\d` is ASCII.
        let text = text.replace("\\d", "0-9");
        Self { hir: regex_syntax::parse(&text).expect("a pattern") }
    }

    /// The shortest match's length.
    pub fn length_min(&self) -> usize {
        length_min(&self.hir)
    }

    /// A match of this length, its characters taken from the ends of the classes' ranges in turn,
    /// from the `start`-th on.
    pub fn matching(&self, length: usize, start: usize) -> String {
        let mut left = length.saturating_sub(self.length_min());
        let (mut text, mut turn) = (String::new(), start);
        build(&self.hir, &mut left, &mut turn, &mut text);
        assert_eq!(text.chars().count(), length, "{}", self.hir);
        text
    }

    /// How many ends of ranges the largest class has.
    pub fn ends(&self) -> usize {
        let mut most = 0;
        visit(&self.hir, &mut |hir| {
            if let HirKind::Class(class) = hir.kind() {
                most = most.max(ends(class).len());
            }
        });
        most
    }

    /// Strings of this length that match nowhere: each holds a character the pattern does not have,
    /// at the start, in the middle or at the end; and one lacks a separator.
    pub fn mismatching(&self, length: usize) -> Vec<String> {
        let own = self.characters();
        let near = own.ranges.iter().take(NEAR_MAX).flat_map(|(low, high)| {
            let below = u32::from(*low).checked_sub(1).and_then(char::from_u32);
            [below, char::from_u32(u32::from(*high) + 1)]
        });
        let mut foreign: BTreeSet<char> = FOREIGN.into_iter().collect();
        if own.ranges.len() <= NEAR_MAX {
            foreign.extend(near.flatten());
        }
        foreign.retain(|c| !own.has(*c));
        let good: Vec<char> = self.matching(length, 0).chars().collect();
        let mut bad: Vec<String> = foreign
            .into_iter()
            .enumerate()
            .map(|(n, c)| {
                let mut text = good.clone();
                let at = [0, length / 2, length - 1][n % 3];
                text[at] = c;
                text.into_iter().collect()
            })
            .collect();
        let separator = good.iter().position(|c| !own.in_classes(*c));
        bad.extend(separator.map(|at| {
            let mut text = good.clone();
            text.remove(at);
            text.into_iter().collect()
        }));
        bad
    }

    fn characters(&self) -> Characters {
        let mut characters = Characters { ranges: BTreeSet::new(), literals: BTreeSet::new() };
        visit(&self.hir, &mut |hir| match hir.kind() {
            HirKind::Class(class) => characters.ranges.extend(ranges(class)),
            HirKind::Literal(literal) => {
                characters.literals.extend(String::from_utf8_lossy(&literal.0).chars());
            }
            HirKind::Empty
            | HirKind::Look(_)
            | HirKind::Repetition(_)
            | HirKind::Capture(_)
            | HirKind::Concat(_)
            | HirKind::Alternation(_) => {}
        });
        characters
    }
}

/// Classes with more ranges than this are those of whole scripts.
const NEAR_MAX: usize = 32;

/// What no model allows, or few do.
const FOREIGN: [char; 10] = [' ', '!', '\n', '%', '"', '\\', '\0', '\u{301}', '{', 'é'];

struct Characters {
    ranges: BTreeSet<(char, char)>,
    literals: BTreeSet<char>,
}

impl Characters {
    fn in_classes(&self, c: char) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c))
    }

    fn has(&self, c: char) -> bool {
        self.literals.contains(&c) || self.in_classes(c)
    }
}

fn build(hir: &Hir, left: &mut usize, turn: &mut usize, text: &mut String) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => {
            let ends = ends(class);
            text.push(ends[*turn % ends.len()]);
            *turn += 1;
        }
        HirKind::Repetition(repetition) => {
            let min = repetition.min as usize;
            let room = repetition.max.map_or(usize::MAX, |max| max as usize - min);
            // The first repetition takes what is to be filled; classes are one character each.
            let more = if matches!(repetition.sub.kind(), HirKind::Class(_)) {
                (*left).min(room)
            } else {
                0
            };
            *left -= more;
            (0..min + more).for_each(|_| build(&repetition.sub, left, turn, text));
        }
        HirKind::Capture(capture) => build(&capture.sub, left, turn, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| build(part, left, turn, text)),
        HirKind::Alternation(parts) => build(&parts[0], left, turn, text),
    }
}

fn length_min(hir: &Hir) -> usize {
    let (mut left, mut turn, mut text) = (0, 0, String::new());
    build(hir, &mut left, &mut turn, &mut text);
    text.chars().count()
}

fn visit(hir: &Hir, see: &mut impl FnMut(&Hir)) {
    see(hir);
    match hir.kind() {
        HirKind::Repetition(repetition) => visit(&repetition.sub, see),
        HirKind::Capture(capture) => visit(&capture.sub, see),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| visit(part, see));
        }
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
    }
}

fn ranges(class: &Class) -> Vec<(char, char)> {
    match class {
        Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(_) => panic!("models have no patterns of bytes"),
    }
}

fn ends(class: &Class) -> Vec<char> {
    ranges(class).into_iter().flat_map(|(low, high)| [low, high]).collect()
}
