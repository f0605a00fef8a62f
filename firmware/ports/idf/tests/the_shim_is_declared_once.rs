//! The C functions are declared in C and in Rust, by hand: both say the same names, in the same order.

use std::path::Path;

fn names(path: &str, before: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&path).expect("a file");
    let mut names = Vec::new();
    for line in text.lines().filter(|line| line.trim_start().starts_with(before)) {
        for (at, _) in line.match_indices("kvs_idf_") {
            let rest = &line[at..];
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(0);
            if rest[end..].starts_with('(') {
                names.push(rest[..end].to_owned());
            }
        }
    }
    names
}

#[test]
fn names_and_their_order() {
    let in_c = names("../../esp-idf/kvs_webrtc/private_include/kvs_idf.h", "");
    let in_rust = names("src/shim.rs", "pub(super) fn");
    assert!(in_c.len() > 20, "{in_c:?}");
    assert_eq!(in_c, in_rust);
}
