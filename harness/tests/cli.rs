//! The command line as scripts and people meet it.

mod support;

use support::scenario;

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let said = scenario(empty().path(), &["--help"]);
    assert_eq!(said.code, Some(0));
    insta::assert_snapshot!(said.out);
}

#[test]
fn wrong_usage_is_exit_64() {
    for words in [
        &[] as &[&str],
        &["rnu"],
        &["run", "--bord", "sim"],
        &["run", "--board", "simm"],
        &["run", "--filter", "tag:"],
        &["run", "--partition", "5/4"],
        &["run", "--repeat", "0"],
        &["list", "--filter", "tag:a and"],
        &["explain"],
        &["explain", "no/such-scenario"],
        &["new", "no spaces"],
    ] {
        let said = scenario(empty().path(), words);
        assert_eq!(said.code, Some(64), "{words:?}: {}{}", said.out, said.err);
        assert!(!said.err.is_empty(), "{words:?} says why on stderr");
    }
}

#[test]
fn init_writes_what_lint_accepts_and_never_overwrites() {
    let dir = empty();
    let said = scenario(dir.path(), &["init"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    insta::assert_snapshot!(said.out);

    let lint = scenario(dir.path(), &["lint", "--deny", "warn"]);
    assert_eq!((lint.code, lint.err.as_str()), (Some(0), ""), "{}", lint.out);
    assert_eq!(lint.out, "1 valid scenario with 1 variant\n");

    let first = dir.path().join("scenarios/reconnect/first.yaml");
    std::fs::write(&first, "# mine\n").expect("a file");
    let again = scenario(dir.path(), &["init"]);
    assert_eq!(again.code, Some(0));
    assert!(again.out.starts_with("kept   scenarios/reconnect/first.yaml\n"), "{}", again.out);
    assert_eq!(std::fs::read_to_string(first).expect("a file"), "# mine\n");
}

#[test]
fn new_writes_a_scenario_that_is_valid_as_it_stands() {
    let dir = empty();
    let said = scenario(dir.path(), &["new", "ice/refresh/late"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let text = std::fs::read_to_string(dir.path().join("scenarios/ice/refresh/late.yaml"));
    let head = "# yaml-language-server: $schema=../../scenario.schema.json\n";
    assert!(text.expect("a file").starts_with(head));
    assert!(dir.path().join("scenarios/scenario.schema.json").is_file());
    assert_eq!(scenario(dir.path(), &["lint", "--deny", "warn"]).code, Some(0));
    let again = scenario(dir.path(), &["new", "ice/refresh/late"]);
    assert_eq!(again.code, Some(64), "what is there stays");
}

#[test]
fn list_without_a_folder_shows_the_library_inside() {
    let said = scenario(empty().path(), &["list", "--json", "--filter", "id:reconnect/black-hole"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    let listed: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    assert_eq!(listed[0]["id"], "reconnect/black-hole");
    assert_eq!(
        listed[0]["boards"],
        serde_json::json!(["sim", "host", "qemu", "qemu-esp32c3", "serial"])
    );
    assert_eq!(listed[0]["severity"], "must");
    let table = scenario(empty().path(), &["list"]);
    assert!(table.out.contains("\nreconnect/black-hole  "), "{}", table.out);
}

#[test]
fn explain_says_what_is_claimed_and_what_is_not_seen() {
    let said = scenario(empty().path(), &["explain", "reconnect/black-hole"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    for words in [
        "reconnect/black-hole  (must)\nA link that dies in silence is noticed",
        "\nComes from\n   awslabs/",
        "\n   link.black-hole (step 2, `inject`); without it the run is skipped\n",
        "\n   2. inject `black-hole` as `hole`: both ways\n",
        "\n   half_open: ",
        "\n   black-hole: Bytes are swallowed while the kernel still acknowledges them",
        "\nWhat it cannot see\n   The kernel still acknowledges what a black hole swallows",
        "\nRun it\n   scenario run builtin:reconnect/black-hole\n",
    ] {
        assert!(said.out.contains(words), "{words:?} in\n{}", said.out);
    }
    assert!(said.out.lines().all(|line| line.chars().count() <= 100), "{}", said.out);
}

#[test]
fn schemas_are_json() {
    for words in [["schema", "scenario"], ["schema", "results"]] {
        let said = scenario(empty().path(), &words);
        assert_eq!(said.code, Some(0));
        let schema: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
}

#[test]
fn doctor_judges_this_machine() {
    let said = scenario(empty().path(), &["doctor"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    for point in ["scenarios", "cargo", "ports", "timers", "open files", "terminal"] {
        assert!(said.out.contains(&format!("  {point} ")), "{point} in\n{}", said.out);
    }
}

#[test]
fn diff_finds_where_two_runs_part() {
    let dir = empty();
    for (out, seed) in [("a", "1"), ("b", "1")] {
        let words = ["run", "connect/first-offer-answer", "--board", "sim", "--seed", seed];
        let said = scenario(dir.path(), &[words.as_slice(), &["--out", out]].concat());
        assert_eq!(said.code, Some(0), "{}", said.out);
    }
    let run =
        |out: &str, size: &str| format!("{out}/connect/first-offer-answer/sim/offer_size={size}/1");
    let same = scenario(dir.path(), &["diff", &run("a", "900B"), &run("b", "900B")]);
    assert_eq!((same.code, same.out.ends_with("no difference\n")), (Some(0), true), "{}", same.out);
    let other = scenario(dir.path(), &["diff", &run("a", "900B"), &run("b", "6KiB")]);
    assert_eq!(other.code, Some(1), "{}", other.out);
    assert!(other.out.contains("not runs of the same scenario and variant"), "{}", other.out);
    let none = scenario(dir.path(), &["diff", "nowhere", &run("b", "6KiB")]);
    assert_eq!(none.code, Some(64), "{}", none.err);
    assert!(none.err.contains("nowhere"), "{}", none.err);
}
