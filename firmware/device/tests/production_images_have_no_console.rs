//! Without `test-console` nothing of the console is in the library.

use std::path::Path;
use std::process::Command;

/// Words that only the console has.
const WORDS: [&str; 3] = ["!kvs ", "offset_s", "ConsoleGone"];

/// The library built with `features`, as bytes.
fn library(features: &str) -> Vec<u8> {
    // Where this test was built: what the library depends on is there already.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--quiet", "--package", "kvs-device", "--lib"])
        .args(["--features", features, "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .status()
        .expect("cargo runs");
    assert!(status.success(), "cargo build with `{features}`");
    std::fs::read(target.join("debug/libkvs_device.rlib")).expect("the library")
}

fn holds(library: &[u8], word: &str) -> bool {
    library.windows(word.len()).any(|window| window == word.as_bytes())
}

#[test]
fn the_words_of_the_console_are_only_in_a_test_image() {
    let (test, production) = (library("test-console"), library(""));
    for word in WORDS {
        assert!(holds(&test, word), "`{word}` is a word of the console");
        assert!(!holds(&production, word), "`{word}` is in a production image");
    }
}
