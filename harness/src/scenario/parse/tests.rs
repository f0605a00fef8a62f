use proptest::prelude::*;

use super::*;

const VARIED: &str = "\
title: Cut at {at}
vary:
  at: [0%, 50%]
  size: [900B, 6KiB]
  n: [1, 2]
actors:
  viewer: { role: viewer }
steps:
  - inject: { fault: reset, as: cut, on: SDP_OFFER, at: \"{at}\", nth: \"{n}\" }
  - send: { from: viewer, type: SDP_OFFER, size: \"{size}\" }
checks:
  backoff:
";

#[test]
fn variants_are_every_combination_with_stable_names() {
    let file = parse("a/b", "b.yaml", VARIED).expect("a valid scenario");
    let names: Vec<&str> = file.variants.iter().map(|variant| variant.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "at=0%,size=900B,n=1",
            "at=0%,size=900B,n=2",
            "at=0%,size=6KiB,n=1",
            "at=0%,size=6KiB,n=2",
            "at=50%,size=900B,n=1",
            "at=50%,size=900B,n=2",
            "at=50%,size=6KiB,n=1",
            "at=50%,size=6KiB,n=2",
        ]
    );
    assert_eq!((file.line_of_step(1), file.line_of_step(2), file.line_of_step(3)), (9, 10, 1));
    let last = &file.variants[7].scenario;
    assert_eq!(last.title, "Cut at 50%");
    let Step::Inject(spec) = &last.steps[0] else { panic!("the first step injects") };
    assert_eq!((spec.nth, spec.at.map(|at| at.to_string())), (Some(2), Some("50%".to_owned())));
    let Step::Send(send) = &last.steps[1] else { panic!("the second step sends") };
    assert_eq!(send.size.0, 6 * 1024);
    assert!(last.checks.backoff.on().is_some(), "a check without parameters is asked for");
}

#[test]
fn a_scenario_without_vary_has_one_variant_without_a_name() {
    let file = parse("a", "a.yaml", "title: t\nsteps: [{ settle: 1s }]").expect("valid");
    assert_eq!(file.variants.len(), 1);
    assert_eq!(file.variants[0].name, "");
}

#[test]
fn a_problem_of_one_variant_is_found_and_told_once() {
    let text = VARIED.replace("n: [1, 2]", "n: [1, 0]");
    let problems = parse("a", "a.yaml", &text).expect_err("nth counts from 1");
    let lines: Vec<String> = problems.iter().map(Problem::one_line).collect();
    assert_eq!(lines, ["a.yaml:9:70: `nth` of `reset`: it counts from 1"]);
}

#[test]
fn too_many_variants_are_refused_before_they_are_made() {
    let values = (0..200).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    let text = format!(
        "title: t\nvary: {{ a: [{values}], b: [{values}], c: [{values}], d: [{values}] }}\n\
         steps: [{{ note: \"{{a}}{{b}}{{c}}{{d}}\" }}]"
    );
    let problems = parse("a", "a.yaml", &text).expect_err("1.6 thousand million variants");
    assert_eq!(problems[0].message, "these values make 1600000000 variants, 1000 at most");
}

#[test]
fn places_count_characters_not_bytes() {
    let text = "title: \"Ünïcödé – täst\"\nsteps: [{ note: \"ööö\" }, { settle: bald }]\n";
    let problems = parse("a", "a.yaml", text).expect_err("no duration");
    assert_eq!(problems[0].line_column(), (2, 36));
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (this, last) in ["b", "c", "d", "e", "f", "g", "h", "i"]
        .iter()
        .zip(["a", "b", "c", "d", "e", "f", "g", "h"])
    {
        let items = vec![format!("*{last}"); 10].join(", ");
        text.push_str(&format!("{this}: &{this} [{items}]\n"));
    }
    assert!(parse("a", "a.yaml", &text).is_err());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse("id", "file.yaml", &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_slip_of_the_hand_panics(at in 0..VARIED.len(), remove in 0..40_usize, insert in ".{0,3}") {
        let start = VARIED.floor_char_boundary(at);
        let end = VARIED.floor_char_boundary((start + remove).min(VARIED.len()));
        let text = format!("{}{insert}{}", &VARIED[..start], &VARIED[end.max(start)..]);
        if let Err(problems) = parse("id", "file.yaml", &text) {
            for problem in problems {
                prop_assert!(problem.at.end <= text.len());
                prop_assert!(problem.line_column().0 <= text.lines().count() + 1);
            }
        }
    }

    #[test]
    fn any_shape_is_judged_not_crashed(text in "(title|steps|vary|checks|actors|- wait|- inject|[a-z]{1,6}|: |\\{|\\}|\\[|\\]|, |\n|  |\"|&a|\\*a|[0-9]{1,3}%?){0,60}") {
        let _ = parse("id", "file.yaml", &text);
    }
}
