use std::fmt::Write as _;

use kvs_signaling::state::next;
use kvs_signaling::{Cause, State};

/// Rows are causes, columns states; a dot means that the cause changes nothing there.
#[test]
fn rendered() {
    let mut table = format!("{:<20}", "");
    for state in State::ALL {
        write!(table, "{:<13}", state.as_str()).expect("a string");
    }
    for cause in Cause::ALL {
        write!(table, "\n{:<20}", cause.as_str()).expect("a string");
        for state in State::ALL {
            let cell = next(*state, *cause).map_or(".", State::as_str);
            write!(table, "{cell:<13}").expect("a string");
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn every_state_can_be_reached_and_stopped() {
    let mut reached = vec![State::Idle];
    let mut at = 0;
    while let Some(from) = reached.get(at).copied() {
        for cause in Cause::ALL {
            if let Some(to) = next(from, *cause)
                && !reached.contains(&to)
            {
                reached.push(to);
            }
        }
        at += 1;
    }
    assert_eq!(reached.len(), State::ALL.len());
    for state in State::ALL {
        let stopped = match next(*state, Cause::Stop) {
            Some(State::Closing) | None => next(State::Closing, Cause::Closed),
            to => to,
        };
        assert_eq!(stopped, Some(State::Stopped), "{state:?}");
    }
}

#[test]
fn words_are_told_apart() {
    let mut words: Vec<&str> = State::ALL.iter().map(|state| state.as_str()).collect();
    words.extend(Cause::ALL.iter().map(|cause| cause.as_str()));
    let count = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), count);
}
