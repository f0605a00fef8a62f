//! The C functions are declared in C and in Rust, by hand: both say the same names, in the same order.

use std::path::Path;

fn names(path: &str, before: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&path).expect("a file");
    let mut names = Vec::new();
    for line in
        text.lines().filter(|line| line.trim_start().starts_with(before) || before.is_empty())
    {
        let Some(at) = line.find("kvs_idf_") else { continue };
        let name: String =
            line[at..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        if line[at + name.len()..].starts_with('(') {
            names.push(name);
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
