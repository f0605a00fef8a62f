//! docs/faults.md holds a table of every fault, written from the code, with the tests that show it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mock_kvs::fault::spec::Field;
use mock_kvs::fault::{FaultKind, Layer};

const DOC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faults.md");
const BEGIN: &str =
    "<!-- table: BLESS=1 cargo test -p mock-kvs --test faults_show_on_the_wire -->\n";
const END: &str = "<!-- end -->";

/// Of a test: the file's stem (or, of one in a folder, the module's) and its name.
type Tests = BTreeMap<String, String>;

#[test]
fn the_table_is_of_the_code_and_every_fault_has_a_test() {
    let text = std::fs::read_to_string(DOC).expect("docs/faults.md");
    let (before, rest) = text.split_once(BEGIN).expect("where the table begins");
    let (_, after) = rest.split_once(END).expect("where it ends");
    let right = format!("{before}{BEGIN}{}{END}{after}", table(&tests()));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(DOC, &right).expect("docs/faults.md can be written");
    }
    let written = std::fs::read_to_string(DOC).expect("docs/faults.md");
    assert!(written == right, "docs/faults.md is out of date: {BEGIN}");
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let text = std::fs::read_to_string(DOC).expect("docs/faults.md");
    let tests = tests();
    let named = text.split('`').skip(1).step_by(2).filter(|code| {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        code.split_once("::").is_some_and(|(module, name)| {
            !name.is_empty() && module.chars().chain(name.chars()).all(is_word)
        })
    });
    let missing: Vec<_> = named.filter(|name| !tests.contains_key(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn table(tests: &Tests) -> String {
    let schema = schemars::schema_for!(FaultKind).to_value();
    let mut text = String::new();
    let mut last = None;
    for kind in FaultKind::ALL {
        if last.replace(kind.layer()) != Some(kind.layer()) {
            text.push_str(&format!(
                "\n### {}\n\n| fault | what happens | takes | triggers | shown by |\n\
                 | --- | --- | --- | --- | --- |\n",
                module(kind.layer()),
            ));
        }
        let choices = schema["oneOf"].as_array().expect("choices");
        let choice = choices.iter().find(|choice| choice["const"] == kind.word());
        let meaning = choice.and_then(|choice| choice["description"].as_str()).expect("a text");
        let meaning: Vec<_> = meaning.split_whitespace().collect();
        let (triggers, takes): (Vec<_>, Vec<_>) =
            kind.allowed_fields().into_iter().partition(|field| is_trigger(kind, *field));
        let needed = kind.needed_fields();
        let word = |field: &Field| match needed.contains(field) {
            true => format!("**`{field}`**"),
            false => format!("`{field}`"),
        };
        let list = |fields: Vec<Field>| fields.iter().map(word).collect::<Vec<_>>().join(" ");
        text.push_str(&format!(
            "| `{kind}` | {} | {} | {} | {} |\n",
            meaning.join(" "),
            list(takes),
            list(triggers),
            shown_by(kind, tests),
        ));
    }
    text
}

/// A flood's `times` are its pings; a corruption's `p` and `times` are of bits.
fn is_trigger(kind: FaultKind, field: Field) -> bool {
    let own = [FaultKind::PingFlood, FaultKind::Corrupt].contains(&kind);
    !own && ["on", "call", "nth", "every", "times", "p", "at", "after"].contains(&field.word())
}

/// The tests of the fault's layer whose source names it.
fn shown_by(kind: FaultKind, tests: &Tests) -> String {
    let spelt = format!(r#""fault": "{kind}""#);
    let module = module(kind.layer());
    let of_layer = tests.range(format!("{module}::")..format!("{module}:;"));
    let shown: Vec<_> = of_layer
        .filter(|(_, source)| source.contains(&spelt))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    assert!(!shown.is_empty(), "`{kind}` has no test in tests/faults_show_on_the_wire/{module}.rs");
    shown.join(" ")
}

const fn module(layer: Layer) -> &'static str {
    match layer {
        Layer::Link => "link",
        Layer::Tls => "tls",
        Layer::Http => "http",
        Layer::Websocket => "websocket",
        Layer::Clock => "clock",
        Layer::Dns => "dns",
    }
}

/// Every test of this crate's `tests/`, with its source.
fn tests() -> Tests {
    let mut files = Vec::new();
    collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests")), &mut files);
    let mut tests = Tests::new();
    for path in files {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let source = std::fs::read_to_string(&path).expect("a source");
        for part in source.split("\n#[t").skip(1) {
            let Some((_, from_name)) = part.split_once("fn ") else { continue };
            let Some((name, _)) = from_name.split_once('(') else { continue };
            // To the end of the function, in rustfmt's form.
            let body = from_name.split("\n}").next().unwrap_or_default();
            tests.insert(format!("{stem}::{name}"), body.to_owned());
        }
    }
    tests
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
