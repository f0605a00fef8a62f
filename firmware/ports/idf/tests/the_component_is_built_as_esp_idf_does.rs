//! The component's CMakeLists.txt and Kconfig, with a stand-in for ESP-IDF's build system.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{folder, has_tools, library};

/// ESP-IDF's names of chips, and the library that each takes.
const CHIPS: [(&str, &str); 9] = [
    ("esp32", "xtensa-esp32-espidf"),
    ("esp32s2", "xtensa-esp32s2-espidf"),
    ("esp32s3", "xtensa-esp32s3-espidf"),
    ("esp32c2", "riscv32imc-esp-espidf"),
    ("esp32c3", "riscv32imc-esp-espidf"),
    ("esp32c5", "riscv32imac-esp-espidf"),
    ("esp32c6", "riscv32imac-esp-espidf"),
    ("esp32h2", "riscv32imac-esp-espidf"),
    ("esp32p4", "riscv32imafc-esp-espidf"),
];

fn has_cmake() -> bool {
    let there = Command::new("cmake").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !there {
        println!("SKIPPED: cmake is not installed (ci/packages.sh installs it)");
    }
    there && has_tools()
}

fn cmake(arguments: &[&str]) {
    let output = Command::new("cmake").args(arguments).output().expect("cmake runs");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&said));
}

fn configure(build: &Path, options: &[&str]) {
    let (source, build) = (folder("firmware/ports/idf/tests/stand-in"), build.to_string_lossy());
    let source = source.to_string_lossy();
    let mut arguments = vec!["-S", &*source, "-B", &*build, "-G", "Unix Makefiles"];
    arguments.extend(options);
    cmake(&arguments);
}

#[test]
fn an_application_links_the_component_and_its_library() {
    if !has_cmake() {
        return;
    }
    let build = tempfile::tempdir().expect("a directory");
    let library = format!("-DCONFIG_KVS_WEBRTC_LIBRARY={}", library().display());
    configure(build.path(), &[&library]);
    cmake(&["--build", &build.path().to_string_lossy()]);
    assert!(build.path().join("example").exists());
}

#[test]
fn switched_off_it_gives_the_headers_alone() {
    if !has_cmake() {
        return;
    }
    let build = tempfile::tempdir().expect("a directory");
    configure(build.path(), &["-DUSE_ESP_WEBSOCKET=OFF"]);
    cmake(&["--build", &build.path().to_string_lossy()]);
    let code = build.path().join("kvs_webrtc/lib__idf_kvs_webrtc.a");
    assert!(build.path().join("libexample.a").exists() && !code.exists());
}

#[test]
fn each_chip_gets_its_library() {
    if !has_cmake() {
        return;
    }
    for (chip, triple) in CHIPS {
        let build = tempfile::tempdir().expect("a directory");
        let options = [&*format!("-DIDF_TARGET={chip}"), "-DCONFIG_KVS_WEBRTC_SMALL_MESSAGES=y"];
        configure(build.path(), &options);
        let made = build.path().join("kvs_webrtc/CMakeFiles/kvs_capi_build.dir/build.make");
        let made = std::fs::read_to_string(made).expect("the rule");
        assert!(made.contains(&format!("--target {triple} ")), "{chip}:\n{made}");
        assert_eq!(made.contains("cargo +esp "), triple.starts_with("xtensa"), "{chip}:\n{made}");
        assert!(made.contains(",small-messages "), "{made}");
    }
}

/// Words of a file that begin so.
fn words(path: &Path, start: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).expect("a file");
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_word(c)).filter_map(|word| word.strip_prefix(start));
    words.map(ToOwned::to_owned).collect()
}

#[test]
fn what_is_configured_is_used_and_the_other_way_round() {
    let component = folder("firmware/esp-idf/kvs_webrtc");
    let configured = words(&component.join("Kconfig"), "KVS_WEBRTC_");
    let mut used = BTreeSet::new();
    for file in std::fs::read_dir(&component).expect("a folder") {
        let path = file.expect("one").path();
        if path.is_file() && !path.ends_with("Kconfig") {
            used.extend(words(&path, "CONFIG_KVS_WEBRTC_"));
        }
    }
    // The choice's own name, and its default.
    used.extend(["LOG".to_owned(), "LOG_INFO".to_owned()]);
    assert_eq!(configured, used);
    let example = component.join("examples/signaling/main");
    let configured = words(&example.join("Kconfig.projbuild"), "EXAMPLE_");
    assert_eq!(configured, words(&example.join("app_main.c"), "CONFIG_EXAMPLE_"));
}
