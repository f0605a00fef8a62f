use crate::check::{ALL, Check, guide};

#[test]
fn the_guide_is_the_registrys() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checks.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, guide()).expect("docs/checks.md can be written");
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let help = "run `BLESS=1 cargo test -p harness --lib the_guide`";
    assert!(committed == guide(), "docs/checks.md is out of date: {help}");
}

#[test]
fn every_check_says_what_it_holds_by_what_and_what_it_cannot_see() {
    for check in ALL {
        let Check { id, doc, .. } = check;
        assert!(doc.holds.ends_with('.') && doc.evidence.ends_with('.'), "{id}");
        assert!(doc.blind.len() > 20, "{id}: there is always something it cannot see");
        assert_eq!(Check::find(id).map(|found| found.id), Some(*id));
    }
    assert!(Check::find("nothing").is_none());
}

#[test]
fn parameters_stand_with_their_defaults() {
    let storm = Check::find("storm").expect("a check").explain();
    assert!(storm.contains("| `per_second` | `3` | Connects in any second. |"), "{storm}");
    let backoff = Check::find("backoff").expect("a check").explain();
    assert!(backoff.contains("| `since` | – |"), "{backoff}");
}
