//! The notices that go with the static library: of every crate that has code in it.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use crate::support::{crate_dir, has, library, run};

/// Inside Rust's standard library, whose notices are a file of the compiler's.
const STD: &[&str] = &[
    "addr2line",
    "adler2",
    "alloc",
    "compiler_builtins",
    "core",
    "gimli",
    "hashbrown",
    "memchr",
    "miniz_oxide",
    "object",
    "panic_unwind",
    "rustc_demangle",
    "rustc_std_workspace_alloc",
    "rustc_std_workspace_core",
    "std",
    "std_detect",
    "unwind",
];

#[test]
fn every_crate_in_the_static_library_has_its_notice() {
    if !has("ar") || !has("python3") {
        return;
    }
    let members = run(Command::new("ar").arg("t").arg(library("libkvs_capi.a")));
    let crates: BTreeSet<&str> = members.lines().filter_map(crate_of).collect();
    let notices = notices();
    let mut missing = Vec::new();
    let mut named = 0;
    for name in &crates {
        let own = name.starts_with("kvs_");
        if !own && !STD.contains(name) {
            named += 1;
            let titles = [*name, &name.replace('_', "-"), &format!("rustls-{name}")];
            let listed = |title: &str| notices.iter().any(|of| of == title);
            if !titles.iter().any(|title| listed(title)) {
                missing.push(*name);
            }
        }
    }
    assert!(missing.is_empty(), "no notice of {missing:?}");
    assert!(named > 30 && crates.contains("ring"), "{crates:?}");
    println!("{named} crates beside our own and std's, {} notices", notices.len());
}

/// `tokio-1f2e….tokio.3a4b-cgu.0.rcgu.o` is of `tokio`; ring's assembly has members of another form.
fn crate_of(member: &str) -> Option<&str> {
    let (name, rest) = member.split_once('-')?;
    let hash = rest.get(..16)?;
    let is_hash = hash.chars().all(|digit| digit.is_ascii_hexdigit());
    (is_hash && rest[16..].starts_with('.')).then_some(name)
}

/// The crates whose licences `ci/third_party.py` prints for this package, none without a text or a name of a licence.
fn notices() -> Vec<String> {
    let root = crate_dir().join("../..");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(&root)
        .output()
        .expect("cargo runs");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), metadata.stdout).expect("written");
    let printed = Command::new("python3")
        .args(["ci/third_party.py", "kvs-capi"])
        .current_dir(&root)
        .stdin(Stdio::from(std::fs::File::open(file.path()).expect("the metadata")))
        .output()
        .expect("python runs");
    let text = String::from_utf8(printed.stdout).expect("text");
    let rule = "=".repeat(100);
    let sections: Vec<&str> = text.split(&format!("{rule}\n")).skip(1).collect();
    for section in &sections {
        let title = section.lines().next().unwrap_or_default();
        assert!(!title.ends_with(": ") && !title.ends_with("None"), "{title}");
    }
    let name = |section: &&str| section.split(' ').next().unwrap_or_default().to_owned();
    sections.iter().map(name).collect()
}
