use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;

const KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY==";

fn redactor() -> Redactor {
    Redactor::new(&[Secret::new("secret_key", KEY), Secret::new("pin", "123")])
}

#[track_caller]
fn spelled(text: &str) -> (&'static str, String) {
    let redactor = redactor();
    let hit = redactor.find(text).expect("a hit");
    assert_eq!(hit.name, "secret_key");
    (hit.spelling, redactor.mask(text).into_owned())
}

#[test]
fn every_spelling_is_found_and_masked() {
    assert_eq!(spelled(&format!("key={KEY}!")), ("plain", "key=***!".to_owned()));
    let url = "a?k=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY%3D%3D&b";
    assert_eq!(spelled(url), ("percent-encoded", "a?k=***&b".to_owned()));
    assert_eq!(
        spelled(&url.to_lowercase().replace(
            "wjalrxutnfemi%2fk7mdeng%2bbpxrficyexamplekey%3d%3d",
            "wJalrXUtnFEMI%2fK7MDENG%2bbPxRfiCYEXAMPLEKEY%3d%3d",
        )),
        ("percent-encoded", "a?k=***&b".to_owned())
    );
    let (spelling, text) = spelled(&format!("blob {} end", STANDARD.encode(KEY)));
    assert_eq!((spelling, text.as_str()), ("base64", "blob *** end"));
    for around in ["", "a", "ab", "abc"] {
        let inside = STANDARD.encode(format!("{around}{KEY}{around}"));
        assert_eq!(spelled(&inside).0, "base64", "{around:?}");
    }
    let hex: String = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(spelled(&hex), ("hex", "***".to_owned()));
}

#[test]
fn a_value_too_short_to_be_a_secret_is_not_looked_for() {
    assert_eq!(redactor().find("123"), None);
    assert!(!Secret::new("pin", "123").can_be_found());
}

#[test]
fn the_longer_of_two_secrets_is_taken_whole() {
    let redactor = Redactor::new(&[Secret::new("a", "abcdef"), Secret::new("b", "abcdefgh")]);
    assert_eq!(redactor.mask("xabcdefghx"), "x***x");
}

#[test]
fn nothing_that_prints_a_secret_prints_its_value() {
    let secret = Secret::new("secret_key", KEY);
    assert_eq!(
        format!("{secret:?} {:?}", redactor()),
        "Secret(secret_key) Redactor([\"secret_key\"])"
    );
}

#[test]
fn all_texts_of_a_record_are_masked() {
    let mut record = Record::new(0, KEY, 0, KEY)
        .with(KEY, 1)
        .with("nested", serde_json::json!({"a": [KEY, 1, {"b": KEY}]}));
    redactor().mask_record(&mut record);
    let text = serde_json::to_string(&record).expect("plain data");
    assert_eq!(redactor().find(&text), None, "{text}");
}

proptest! {
    #[test]
    fn no_spelling_survives_masking(
        value in "[A-Za-z0-9+/=_\"\\\\ %-]{4,40}",
        before in "[a-z =&\"]{0,10}",
        after in "[a-z =&\"]{0,10}",
        which in any::<proptest::sample::Index>(),
    ) {
        let redactor = Redactor::new(&[Secret::new("s", value.clone())]);
        let spellings = spell::spellings(&value);
        let (_, spelled) = &spellings[which.index(spellings.len())];
        let text = format!("{before}{spelled}{after}");
        prop_assert!(redactor.find(&text).is_some());
        let masked = redactor.mask(&text).into_owned();
        prop_assert!(!masked.contains(spelled.as_str()), "{masked}");
        prop_assert_eq!(redactor.mask(&masked).into_owned(), masked);
    }

    #[test]
    fn a_text_without_secrets_is_left_as_it_is(text in "[a-z ]{0,200}") {
        prop_assert_eq!(redactor().mask(&text), text.as_str());
    }

    #[test]
    fn masking_never_cuts_a_character(text in "\\PC{0,40}", value in "\\PC{2,8}") {
        prop_assume!(value.len() >= SECRET_MIN);
        let redactor = Redactor::new(&[Secret::new("s", value.clone())]);
        let whole = format!("{text}{value}{text}");
        prop_assert!(redactor.find(&whole).is_some());
        prop_assert!(!redactor.mask(&whole).is_empty());
    }
}
