use proptest::prelude::*;

use super::*;

fn scenario() -> Scenario {
    let text = "title: A cut while an offer flies\nseverity: should\ntags: [reconnect, smoke]\n\
                steps:\n  - inject: { fault: reset }\n  - settle: 1s\n";
    let file = super::super::parse("reconnect/cut", "cut.yaml", text).expect("a valid scenario");
    file.scenario().clone()
}

#[test]
fn terms_and_operators_select() {
    let fits = |text: &str| {
        let filter: Filter = text.parse().expect(text);
        filter.fits("reconnect/cut", &scenario())
    };
    for text in [
        "tag:reconnect",
        "severity:should",
        "id~reconnect/*",
        "id:reconnect/cut",
        "need:link.reset",
        "title~*offer*",
        "not tag:soak",
        "tag:soak or tag:smoke",
        "not (tag:soak or severity:must) AND id~*cut",
        "tag:smoke or tag:soak and tag:never",
    ] {
        assert!(fits(text), "{text}");
    }
    for text in ["tag:soak", "not tag:smoke", "(tag:smoke or tag:x) and severity:must", "id~cut"] {
        assert!(!fits(text), "{text}");
    }
}

#[test]
fn errors_point_at_their_place() {
    let error = |text: &str| text.parse::<Filter>().expect_err(text).to_string();
    insta::assert_snapshot!(error("tag:smoke adn tag:soak"), @r"
    expected `and` or `or` before `adn`
        tag:smoke adn tag:soak
                  ^
    ");
    insta::assert_snapshot!(error("not severity:mus"), @r"
    no severity `mus`; did you mean `must`? valid here: must, should, info
        not severity:mus
                     ^
    ");
    insta::assert_snapshot!(error("(tag:smoke"), @r"
    expected `)`
        (tag:smoke
                  ^
    ");
    insta::assert_snapshot!(error("tags:smoke"), @r"
    `tags:` is no term; did you mean `tag:`? valid here: tag:, severity:, need:, id:, id~, title~
        tags:smoke
        ^
    ");
    insta::assert_snapshot!(error("tag:a and "), @r"
    expected tag:WORD, severity:WORD, need:NAME, id:ID, id~GLOB or title~GLOB
        tag:a and 
                  ^
    ");
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,80}") {
        let _ = text.parse::<Filter>();
    }

    #[test]
    fn a_text_fits_itself_and_a_star(text in "[a-z/-]{0,20}") {
        prop_assert!(matches(&text, &text));
        prop_assert!(matches("*", &text));
        let glob = format!("{text}?");
        prop_assert!(!matches(&glob, &text));
    }
}
