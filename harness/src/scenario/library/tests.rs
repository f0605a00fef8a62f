use std::fs;

use super::*;

const VALID: &str = "title: A claim\nsteps:\n  - settle: 1s\n";

fn ids(loaded: &Loaded) -> Vec<&str> {
    loaded.files.iter().map(|file| file.id.as_str()).collect()
}

fn arguments(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn files_folders_and_ids_are_found_from_any_directory() {
    let dir = tempfile::tempdir().expect("a directory");
    let deep = dir.path().join("scenarios/reconnect");
    fs::create_dir_all(&deep).expect("folders");
    fs::write(deep.join("mine.yaml"), VALID).expect("a file");
    fs::write(dir.path().join("loose.yaml"), VALID).expect("a file");

    let above = Library::seen_from(dir.path());
    assert_eq!(ids(&above.load(&[])), ["reconnect/mine"]);
    for words in [
        ["reconnect/mine"].as_slice(),
        &["scenarios/reconnect/mine.yaml"],
        &["scenarios"],
        &["reconnect"],
        &["reconnect/mine", "scenarios/reconnect"],
    ] {
        assert_eq!(ids(&above.load(&arguments(words))), ["reconnect/mine"], "{words:?}");
    }
    assert_eq!(ids(&above.load(&arguments(&["loose.yaml"]))), ["loose"]);

    let below = Library::seen_from(&deep);
    assert_eq!(ids(&below.load(&arguments(&["reconnect/mine"]))), ["reconnect/mine"]);
    assert_eq!(ids(&below.load(&arguments(&["mine.yaml"]))), ["reconnect/mine"]);
}

#[test]
fn without_a_folder_the_library_inside_is_used() {
    let dir = tempfile::tempdir().expect("a directory");
    let library = Library::seen_from(dir.path());
    let all = library.load(&[]);
    assert_eq!(all.files.len(), BUILTIN.len());
    assert!(all.problems.iter().all(|problem| !problem.is_error()));
    let one = library.load(&arguments(&["builtin:reconnect/black-hole"]));
    assert_eq!(ids(&one), ["reconnect/black-hole"]);
    assert_eq!(one.files[0].argument, "builtin:reconnect/black-hole");
    assert_eq!(ids(&library.load(&arguments(&["reconnect/black-hole"]))), ["reconnect/black-hole"]);
}

#[test]
fn the_library_inside_equals_the_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let files = yaml_files(&root);
    let on_disk: Vec<(String, String)> = files
        .iter()
        .map(|path| {
            (id_of(path, &root), fs::read_to_string(path).expect("a scenario that can be read"))
        })
        .collect();
    let inside: Vec<(String, String)> =
        BUILTIN.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
    assert_eq!(inside, on_disk);
}

#[test]
fn every_scenario_inside_is_valid_and_nothing_in_it_is_dead() {
    let here = tempfile::tempdir().expect("a directory");
    let loaded = Library::seen_from(here.path()).load(&[]);
    let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn what_is_not_there_is_named_with_its_nearest() {
    let dir = tempfile::tempdir().expect("a directory");
    let loaded = Library::seen_from(dir.path()).load(&arguments(&["reconnect/blackhole"]));
    let [LoadError::Unknown { argument, help }] = loaded.problems.as_slice() else {
        panic!("one unknown argument, not {:?}", loaded.problems)
    };
    assert_eq!(argument, "reconnect/blackhole");
    assert_eq!(help, "did you mean `reconnect/black-hole`? `scenario list` shows all");
}
