//! What a person reads who wrote a scenario wrong: file, line, column, the nearest word, exit 64.

mod support;

use support::scenario;

/// What `lint` says of a file.
fn lint(text: &str) -> String {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("bad.yaml"), text).expect("a file");
    let said = scenario(dir.path(), &["lint", "bad.yaml"]);
    assert_eq!(said.code, Some(64), "{}{}", said.out, said.err);
    let run = scenario(dir.path(), &["explain", "bad.yaml"]);
    assert_eq!((run.code, &run.err), (Some(64), &said.err), "every command says the same");
    said.err
}

fn with_steps(steps: &str) -> String {
    format!("title: A claim\nactors:\n  viewer: {{ role: viewer }}\nsteps:\n{steps}")
}

#[test]
fn a_typo_in_a_key() {
    let text = with_steps("  - wait: { for: ws.open, by: device, whitin: 20s }\n");
    insta::assert_snapshot!(lint(&text));
}

#[test]
fn a_typo_in_a_step_word() {
    insta::assert_snapshot!(lint(&with_steps("  - settle: 1s\n  - wiat: { for: ws.open }\n")));
}

#[test]
fn a_wrong_unit() {
    insta::assert_snapshot!(lint(&with_steps("  - settle: 20sec\n")));
}

#[test]
fn no_unit() {
    insta::assert_snapshot!(lint(&with_steps("  - wait: { for: ws.open, within: 20 }\n")));
}

#[test]
fn an_unknown_fault() {
    insta::assert_snapshot!(lint(&with_steps("  - inject: { fault: rest, as: cut }\n")));
}

#[test]
fn a_field_that_the_fault_does_not_take() {
    insta::assert_snapshot!(lint(&with_steps("  - inject: { fault: refuse, delay: 2s }\n")));
}

#[test]
fn a_part_of_a_message_toward_the_service() {
    let step = "  - inject: { fault: reset, toward: service, on: SDP_ANSWER, at: 50% }\n";
    insta::assert_snapshot!(lint(&with_steps(step)));
}

#[test]
fn an_event_that_nobody_shows() {
    insta::assert_snapshot!(lint(&with_steps("  - wait: { for: ws.opn, by: viewer }\n")));
}

#[test]
fn a_name_that_no_step_gives() {
    let steps = "  - inject: { fault: reset, as: cut }\n  \
                 - wait: { for: ws.open, since: cot, within: 7s }\n";
    insta::assert_snapshot!(lint(&with_steps(steps)));
}

#[test]
fn a_name_that_only_a_later_step_gives() {
    let steps = "  - wait: { for: ws.open, since: cut, within: 7s }\n  \
                 - inject: { fault: reset, as: cut }\n";
    insta::assert_snapshot!(lint(&with_steps(steps)));
}

#[test]
fn an_actor_that_is_not_there() {
    let step = "  - send: { from: viewr, type: SDP_OFFER, size: 1KiB }\n";
    insta::assert_snapshot!(lint(&with_steps(step)));
}

#[test]
fn a_placeholder_without_values_and_values_without_a_placeholder() {
    let text = "title: A claim\nvary: { cut_at: [0%, 50%] }\nsteps:\n  \
                - inject: { fault: reset, on: SDP_OFFER, at: \"{cutat}\" }\n";
    insta::assert_snapshot!(lint(text));
}

#[test]
fn a_placeholder_without_quotes() {
    let text = "title: A claim\nvary: { pause: [1s, 2s] }\nsteps:\n  \
                - settle: {pause}\n  - note: \"{pause}\"\n";
    insta::assert_snapshot!(lint(text));
}

#[test]
fn several_mistakes_at_once() {
    let steps = "  - wait: { fro: ws.open }\n  - inject: { fault: stal }\n  - settle: soon\n";
    insta::assert_snapshot!(lint(&with_steps(steps)));
}

#[test]
fn text_that_is_not_yaml() {
    insta::assert_snapshot!(lint("title: A claim\n  steps: [\n"));
}

#[test]
fn a_key_given_twice() {
    insta::assert_snapshot!(lint("title: One\ntitle: Two\nsteps: [{ settle: 1s }]\n"));
}

#[test]
fn an_unknown_need() {
    insta::assert_snapshot!(lint(
        "title: A claim\nneeds: [clock.virtal]\nsteps: [{ settle: 1s }]\n"
    ));
}
