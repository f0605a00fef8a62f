//! The library beside the SDK's own PeerConnection and producer libraries: no name of one is a name of the other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use mock_kvs::Config;

use crate::support::{Service, crate_dir, has, library, run};

/// What takes the place of the SDK's signaling library, and all that it needs to.
const SIGNALING: [&str; 12] = [
    "createSignalingClientSync",
    "freeSignalingClient",
    "signalingClientConnectSync",
    "signalingClientDeleteSync",
    "signalingClientDisconnectSync",
    "signalingClientFetchSync",
    "signalingClientGetCurrentState",
    "signalingClientGetIceConfigInfo",
    "signalingClientGetIceConfigInfoCount",
    "signalingClientGetMetrics",
    "signalingClientGetStateString",
    "signalingClientSendMessageSync",
];

#[test]
fn every_other_global_name_is_mangled_or_prefixed() {
    if !has("nm") {
        return;
    }
    let names = defined(beside_the_sdk());
    let plain: BTreeSet<&str> =
        names.iter().map(String::as_str).filter(|name| !is_marked(name)).collect();
    assert_eq!(plain, BTreeSet::from(SIGNALING), "a name that somebody else may have");
    println!("{} global names, {} of them C's own", names.len(), plain.len());
}

#[test]
fn none_is_a_name_of_the_sdks_libraries() {
    if !has("nm") {
        return;
    }
    let sdk = sdk_names();
    assert!(sdk.len() > 1_400, "{} names of the SDK", sdk.len());
    let ours = defined(beside_the_sdk());
    let both: Vec<&String> = ours.intersection(&sdk).collect();
    assert!(both.is_empty(), "{both:?}");
    // The other build has the SDK's providers, so this would notice.
    let with_providers = defined(&library("libkvs_capi.a"));
    let both = with_providers.intersection(&sdk).count();
    assert!(both >= 9, "the providers and the global functions: {both}");
}

/// Everything of both in one program, nothing left out and nothing undefined; and it works.
#[test]
fn it_links_and_runs_beside_a_stand_in_for_them() {
    if !has("cc") {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let stand_in = stand_in(dir.path());
    let program = dir.path().join("beside");
    link(&stand_in, beside_the_sdk(), &program).unwrap_or_else(|said| panic!("{said}"));
    let service = Service::new(Config::default());
    let said = run(service.command(&program).arg("door"));
    assert_eq!(said, "ended 0x00000000 state 9\n");

    let twice = link(&stand_in, &library("libkvs_capi.a"), &dir.path().join("twice"));
    let said = twice.expect_err("with the providers in it there are two of each");
    assert!(said.contains("multiple definition of `createStaticCredentialProvider'"), "{said}");
}

/// Rust's own names, ring's with their version, and those that C keeps for the implementation.
fn is_marked(name: &str) -> bool {
    let reserved = name.strip_prefix('_').and_then(|rest| rest.chars().next());
    name.starts_with("ring_core_")
        || name.starts_with("anon.")
        || name.ends_with("rust_eh_personality")
        || reserved.is_some_and(|next| next == '_' || next.is_ascii_uppercase())
}

/// The static library without the providers and the global functions, in a target directory of its own: two builds
/// of one library cannot stand in the same. Not optimised, as only names and one connection are looked at.
fn beside_the_sdk() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = library("libkvs_capi.a");
        let target =
            target.ancestors().find(|dir| dir.ends_with("debug") || dir.ends_with("release"));
        let target = target.and_then(Path::parent).expect("a target directory").join("beside-sdk");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .current_dir(crate_dir())
            .args(["rustc", "--quiet", "--locked", "--lib", "--crate-type", "staticlib"])
            .args(["--no-default-features", "--features", "host"])
            .args(["--config", "profile.dev.package.\"*\".opt-level=0"])
            .args(["--config", "profile.dev.debug=false", "--target-dir"])
            .arg(&target);
        run(&mut command);
        target.join("debug/libkvs_capi.a")
    })
}

/// Global names that a library defines.
fn defined(library: &Path) -> BTreeSet<String> {
    let said = run(Command::new("nm").args(["--defined-only", "--extern-only"]).arg(library));
    let mut names = BTreeSet::new();
    for line in said.lines() {
        // Address, kind, name; members' names and empty lines between.
        if let [_, kind, name] = line.split_whitespace().collect::<Vec<_>>()[..]
            && kind.len() == 1
        {
            names.insert(name.to_owned());
        }
    }
    names
}

fn sdk_names() -> BTreeSet<String> {
    let path = crate_dir().join("tests/promises/sdk-symbols.txt");
    let text = std::fs::read_to_string(path).expect("the list");
    let lines = text.lines().filter(|line| !line.starts_with(['#', '[']));
    lines.flat_map(str::split_whitespace).map(str::to_owned).collect()
}

/// One C file that defines all of them.
fn stand_in(dir: &Path) -> PathBuf {
    let source = dir.join("sdk.c");
    let object = dir.join("sdk.o");
    let functions: String = sdk_names()
        .iter()
        .map(|name| format!("unsigned {name}(void) {{ return 4711; }}\n"))
        .collect();
    std::fs::write(&source, functions).expect("written");
    run(Command::new("cc").args(["-w", "-fno-builtin", "-c"]).arg(source).arg("-o").arg(&object));
    object
}

fn link(stand_in: &Path, library: &Path, program: &Path) -> Result<(), String> {
    let output = Command::new("cc")
        .args(["-Wall", "-Wextra", "-Werror", "-I"])
        .args([crate_dir().join("include"), crate_dir().join("tests/c/beside.c")])
        .arg(stand_in)
        .arg("-Wl,--no-undefined,--whole-archive")
        .arg(library)
        .args(["-Wl,--no-whole-archive", "-lpthread", "-ldl", "-lm", "-o"])
        .arg(program)
        .output()
        .expect("the compiler runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}
