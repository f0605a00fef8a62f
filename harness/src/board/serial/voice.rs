//! What a board says, as far as it is of this life of it.

use crate::board::Output;

/// Tells the lines of a board that is restarted now and then to `sink`.
pub struct Voice<F> {
    greeting: Option<fn(&str) -> bool>,
    sink: F,
    life: Life,
}

/// A restart with a power switch takes its time, and nobody says when it happens.
enum Life {
    /// All it says counts.
    Heard,
    /// It is being restarted: what it says from a greeting on counts, unless another follows.
    Restarting(Vec<String>),
    /// It was restarted, and has not said its greeting.
    Booting,
}

impl<F: Fn(Output)> Voice<F> {
    /// Of firmware that says `greeting` when it boots, if it is known to: a board that was running
    /// is not heard before its first restart.
    pub fn new(greeting: Option<fn(&str) -> bool>, sink: F) -> Self {
        let mut voice = Self { greeting, sink, life: Life::Heard };
        voice.restarts();
        voice
    }

    /// It said a line: one of an earlier life is log text.
    pub fn line(&mut self, line: String) {
        let greets = self.greeting.is_none_or(|greets| greets(&line));
        match &mut self.life {
            Life::Heard => (self.sink)(Output::Line(line)),
            Life::Restarting(kept) if greets => {
                kept.drain(..).for_each(|line| (self.sink)(Output::Log(line)));
                kept.push(line);
            }
            Life::Restarting(kept) if kept.is_empty() => (self.sink)(Output::Log(line)),
            Life::Restarting(kept) => kept.push(line),
            Life::Booting if greets => {
                self.life = Life::Heard;
                (self.sink)(Output::Line(line));
            }
            Life::Booting => (self.sink)(Output::Log(line)),
        }
    }

    /// Anything else that becomes of it.
    pub fn say(&self, what: Output) {
        (self.sink)(what);
    }

    /// Whether it is up and heard.
    pub fn is_awake(&self) -> bool {
        matches!(self.life, Life::Heard)
    }

    /// It is being restarted from now on.
    pub fn restarts(&mut self) {
        if self.greeting.is_some() {
            self.life = Life::Restarting(Vec::new());
        }
    }

    /// It has been.
    pub fn restarted(&mut self) {
        if let Life::Restarting(kept) = std::mem::replace(&mut self.life, Life::Heard) {
            self.life = Life::Booting;
            kept.into_iter().for_each(|line| self.line(line));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn only_what_follows_the_last_greeting_of_a_restart_counts() {
        let heard = RefCell::new(Vec::new());
        let mut voice = Voice::new(Some(|line: &str| line == "hello"), |what| {
            if let Output::Line(line) = what {
                heard.borrow_mut().push(line);
            }
        });
        let say = |words: &str, voice: &mut Voice<_>| {
            words.split(' ').for_each(|word| voice.line(word.to_owned()));
            std::mem::take(&mut *heard.borrow_mut()).join(" ")
        };
        assert_eq!(say("old news", &mut voice), "");
        voice.restarts();
        assert_eq!(say("late news hello a hello b", &mut voice), "");
        voice.restarted();
        assert_eq!(say("c", &mut voice), "hello b c");
        voice.restarts();
        voice.restarted();
        assert_eq!(say("late hello d", &mut voice), "hello d");
    }
}
