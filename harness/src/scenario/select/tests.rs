use clap::Parser;

use super::super::parse;
use super::*;

#[derive(Parser)]
struct RunOnly {
    #[command(flatten)]
    args: RunArgs,
}

fn args(flags: &[&str]) -> RunArgs {
    RunOnly::parse_from(std::iter::once("run").chain(flags.iter().copied())).args
}

fn file(id: &str, tag: &str) -> Arc<ScenarioFile> {
    let text = format!(
        "title: A claim\ntags: [{tag}]\nvary: {{ size: [900B, 6KiB] }}\n\
         actors: {{ v: {{ role: viewer }} }}\n\
         steps:\n  - send: {{ from: v, type: SDP_OFFER, size: \"{{size}}\" }}\n"
    );
    Arc::new(parse(id, id, &text).expect("a valid scenario"))
}

fn selected(flags: &[&str]) -> Result<Vec<String>, SelectError> {
    let files = [file("a/first", "smoke"), file("b/second", "soak")];
    Ok(select(&files, &args(flags))?.iter().map(|file| file.id.clone()).collect())
}

#[test]
fn filter_and_variant_select() {
    assert_eq!(selected(&[]), Ok(vec!["a/first".into(), "b/second".into()]));
    assert_eq!(selected(&["--filter", "not tag:soak"]), Ok(vec!["a/first".into()]));
    assert_eq!(selected(&["--filter", "tag:none"]), Ok(vec![]));
    assert_eq!(selected(&["--variant", "size=6KiB"]).map(|ids| ids.len()), Ok(2));
}

#[test]
fn an_unknown_variant_is_named_with_its_nearest() {
    let error = selected(&["--variant", "size=6kib"]).expect_err("no such variant");
    let SelectError::NoVariant { variant, help } = error;
    assert_eq!((variant.as_str(), help.as_str()), ("size=6kib", "did you mean `size=6KiB`?"));
}

#[test]
fn boards_are_taken_once_and_default_to_sim_and_host() {
    assert_eq!(boards(&args(&[])), [BoardName::Sim, BoardName::Host]);
    let twice = ["--board", "host", "--board", "host"];
    assert_eq!(boards(&args(&twice)), [BoardName::Host]);
}

#[test]
fn the_command_that_repeats_a_run_names_all_it_depends_on() {
    let mut label = RunLabel {
        number: 4,
        id: "reconnect/cut".into(),
        board: "sim".into(),
        variant: String::new(),
        repeat: 1,
    };
    assert_eq!(
        repro("reconnect/cut", &label, Given::default()),
        "scenario run reconnect/cut --board sim --seed 0"
    );
    label.variant = "cut_at=50%,size=900B".into();
    label.repeat = 3;
    let given = Given { seed: 7, image: Some(Path::new("/tmp/it's")), mutant: None, netns: false };
    let command = repro("builtin:reconnect/cut", &label, given);
    assert_eq!(
        command,
        "scenario run builtin:reconnect/cut --board sim --seed 7 --variant cut_at=50%,size=900B \
         --only-repeat 3 --image '/tmp/it'\\''s'"
    );
    let again = args(&command.split_whitespace().skip(2).collect::<Vec<_>>());
    assert_eq!((again.variant, again.only_repeat), (Some(label.variant), Some(3)));
}
