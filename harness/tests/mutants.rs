//! Clients broken on purpose (decision 9) are caught, each by the check that is there for it; the
//! same image without its defect switched on passes, and a normal image refuses the switch.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use harness::verdict::{Results, RunResult, Verdict};
use support::{Said, scenario};

/// Builds the host image with the defects compiled in, once, into a target directory of its own so
/// that the normal build stays as it is.
fn image() -> &'static Path {
    static IMAGE: OnceLock<PathBuf> = OnceLock::new();
    IMAGE.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| workspace.join("target"), PathBuf::from)
            .join("mutants");
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "--release", "--package", "kvs-port-host"])
            .current_dir(&workspace)
            .env("CARGO_TARGET_DIR", &target)
            .env("RUSTFLAGS", "--cfg kvs_mutants")
            .status()
            .expect("cargo");
        assert!(status.success(), "the image with the defects does not build");
        target.join("release").join(format!("kvs-port-host{}", std::env::consts::EXE_SUFFIX))
    })
}

/// Runs one scenario of the library on `host` with `mutant` switched on.
fn broken(id: &str, variant: &[&str], mutant: Option<&str>) -> (Said, Vec<RunResult>) {
    let dir = tempfile::tempdir().expect("a directory");
    let id = format!("builtin:{id}");
    let image = image().to_str().expect("a UTF-8 path");
    let mut words = vec!["run", &id, "--board", "host", "--image", image];
    words.extend(["--snapshots", "off", "--format", "json"]);
    words.extend(variant);
    words.extend(mutant.iter().flat_map(|name| ["--mutant", name]));
    let said = scenario(dir.path(), &words);
    let results = Results::read(&said.out).unwrap_or_else(|e| panic!("{e}: {}", said.err));
    (said, results.runs)
}

/// The scenario fails with this defect, and `check` is what fails, saying `found`.
fn caught(mutant: &str, id: &str, variant: &[&str], check: &str, found: &str) {
    let (said, runs) = broken(id, variant, Some(mutant));
    assert_eq!(said.code, Some(1), "{mutant} got through {id}: {}", said.out);
    let failed: Vec<_> = runs
        .iter()
        .flat_map(|run| &run.checks)
        .filter(|result| result.verdict == Verdict::Fail)
        .map(|result| (result.id.as_str(), result.found.as_str()))
        .collect();
    assert!(
        failed.iter().any(|(id, text)| *id == check && text.contains(found)),
        "`{check}` should say `{found}`; what failed: {failed:#?}"
    );
}

#[test]
fn a_constant_back_off_is_caught() {
    let id = "reconnect/service-refuses-60s";
    caught("constant-backoff", id, &[], "backoff", "all gaps (constant)");
}

#[test]
fn an_ignored_go_away_is_caught() {
    let variant = ["--variant", "offer_size=900B"];
    let found = "connected anew only after 60.";
    caught("ignore-go-away", "reconnect/go-away", &variant, "go_away", found);
}

#[test]
fn a_message_delivered_twice_is_caught() {
    // Here the viewer always sends again, whatever the timing.
    let id = "delivery/offer-sent-again";
    caught("no-dedupe", id, &[], "delivered_once", "was delivered 2 times");
}

#[test]
fn a_signed_url_used_again_is_caught() {
    let id = "reconnect/black-hole";
    caught("reuse-signed-url", id, &[], "credentials", "a connect signed 2");
}

#[test]
fn the_same_image_passes_without_its_defect() {
    let (said, runs) = broken("reconnect/close-1001", &[], None);
    assert_eq!(said.code, Some(0), "{}", said.out);
    assert!(runs.iter().all(|run| run.verdict == Verdict::Pass) && !runs.is_empty());
}
