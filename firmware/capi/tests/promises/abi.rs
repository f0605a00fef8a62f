//! docs/abi.md against the compilers: every number, for every kind of target; and older programs at work.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use mock_kvs::Config;

use crate::support::{Service, compile, converse, crate_dir, has, start};

/// Compiler and target; `None` is this machine's own, with its own C library.
const TARGETS: &[(&str, Option<&str>)] = &[
    ("gcc", None),
    ("clang", None),
    ("clang", Some("aarch64-linux-gnu")),
    ("clang", Some("riscv64")),
    ("clang", Some("armv7-linux-gnueabihf")),
    ("clang", Some("riscv32")),
    ("clang", Some("mipsel-linux-gnu")),
];

/// A struct of the page: its sizes and its fields' offsets on 64-bit and 32-bit targets.
struct Layout {
    name: String,
    size: (usize, usize),
    fields: Vec<(String, usize, usize)>,
}

#[test]
fn every_size_and_offset_of_the_page_is_the_compilers() {
    let layouts = documented();
    let mut source = String::from(HEADER);
    for Layout { name, size, fields } in &layouts {
        source += &asserted(&format!("sizeof({name})"), *size);
        for (field, wide, narrow) in fields {
            source += &asserted(&format!("offsetof({name}, {field})"), (*wide, *narrow));
        }
    }
    let numbers = source.lines().count() - HEADER.lines().count();
    for (compiler, target) in TARGETS {
        checked(compiler, *target, &source);
    }
    println!("{} structs, {numbers} numbers, {} targets", layouts.len(), TARGETS.len());
    assert!(layouts.len() >= 15 && numbers > 140, "{} structs, {numbers} numbers", layouts.len());
}

#[test]
fn the_page_has_every_field_of_the_header() {
    let text = header();
    let layouts = documented();
    for Layout { name, fields, .. } in &layouts {
        // `} Name, *PName;` or, where the struct names itself, `} Name;`
        let at = text.find(&format!("}} {name}")).unwrap_or_else(|| panic!("{name} is declared"));
        let body = text[..at].rsplit_once('{').expect("a body").1;
        let declared: BTreeSet<&str> = body.split(';').filter_map(field_of).collect();
        let listed: BTreeSet<&str> = fields.iter().map(|(field, ..)| field.as_str()).collect();
        assert_eq!(declared, listed, "{name}");
    }
    let structs =
        text.matches("typedef struct {").count() + text.matches("typedef struct __").count();
    // The forward declaration of the provider is the one more.
    assert_eq!(layouts.len() + 1, structs, "a struct of the header is not on the page");
}

#[test]
fn an_assertion_that_does_not_hold_is_noticed() {
    if !has("clang") {
        return;
    }
    let wrong = format!("{HEADER}{}", asserted("sizeof(ChannelInfo)", (160, 108)));
    assert!(compiled("clang", None, &wrong).is_ok());
    assert!(compiled("clang", Some("riscv32"), &wrong).is_err(), "108 is no size of it");
}

#[test]
fn older_structs_have_the_sizes_that_the_page_says() {
    let older = std::fs::read_to_string(crate_dir().join("tests/c/older.h")).expect("the structs");
    let mut source = format!("{HEADER}{older}\n");
    let mut rows = 0;
    for row in page().lines().filter(|line| line.starts_with("| ") && line.contains(" | v1.")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [name, version, size, _] = cells[..] else { continue };
        let size = pair(size);
        let name = format!("{name}_{}", version.trim_start_matches('v').replace('.', "_"));
        source += &asserted(&format!("sizeof({name})"), size);
        rows += 1;
    }
    assert_eq!(rows, 11, "rows of the table of differences");
    for (compiler, target) in TARGETS {
        checked(compiler, *target, &source);
    }
}

/// C99 to C17, C++11 to C++20: not one warning.
#[test]
fn the_header_is_clean_in_every_dialect() {
    let c = ["c99", "c11", "c17", "gnu11"].map(|dialect| ("c", dialect));
    let cpp = ["c++11", "c++14", "c++17", "c++20"].map(|dialect| ("c++", dialect));
    let source = format!(
        "{HEADER}int main(void) {{ SIGNALING_CLIENT_HANDLE client = 0; return (int) freeSignalingClient(&client); }}\n"
    );
    for compiler in ["gcc", "clang"] {
        for (language, dialect) in c.into_iter().chain(cpp) {
            let flags = ["-x", language, &format!("-std={dialect}"), "-pedantic", "-Wshadow"];
            if has(compiler) {
                syntax(Command::new(compiler).args(flags), &source)
                    .unwrap_or_else(|said| panic!("{compiler} {dialect}:\n{said}"));
            }
        }
    }
}

/// Structs as programs of older headers have them, each before a page that cannot be read.
#[test]
fn programs_of_older_headers_are_served() {
    let Some(program) = compile("cc", "tests/c/older.c", "older", &[]) else { return };
    let service = Service::new(Config::default());
    let mut viewer = None;
    let (passed, said) =
        converse(start(service.command(&program).args(["door"])), |word| match word {
            "offer" => {
                let anna = service.command(crate::support::viewer()).args(["door", "anna"]).spawn();
                viewer = Some(anna.expect("it starts"));
            }
            other => panic!("asked for {other}"),
        });
    assert!(passed && said.ends_with("served\n"), "{said}");
    assert!(viewer.expect("it offered").wait().expect("it ends").success(), "it got its answer");
}

const HEADER: &str = "#include <com/amazonaws/kinesis/video/webrtcclient/Include.h>\n";

fn page() -> String {
    std::fs::read_to_string(crate_dir().join("docs/abi.md")).expect("the page")
}

fn header() -> String {
    let path = crate_dir().join("include/com/amazonaws/kinesis/video/webrtcclient/Include.h");
    std::fs::read_to_string(path).expect("the header")
}

/// `64-bit / 32-bit`.
fn pair(text: &str) -> (usize, usize) {
    let (wide, narrow) = text.split_once(" / ").expect("two sizes");
    (wide.trim().parse().expect("a size"), narrow.trim().parse().expect("a size"))
}

fn documented() -> Vec<Layout> {
    let page = page();
    let sections = page.split("\n### ").skip(1);
    let layout = |section: &str| {
        let (title, table) = section.split_once('\n').expect("a title");
        let (name, size) = title.split_once(": ").expect("a size");
        let fields = table.lines().filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [field, wide, narrow] = cells[..] else { return None };
            Some((field.to_owned(), wide.parse().ok()?, narrow.parse().ok()?))
        });
        Layout { name: name.to_owned(), size: pair(size), fields: fields.collect() }
    };
    sections.map(layout).collect()
}

/// `    UINT32 version` is `version`; `CHAR uris[4][128]` is `uris`.
fn field_of(declaration: &str) -> Option<&str> {
    let declarator = declaration.split('[').next()?;
    Some(declarator.trim_end().rsplit_once(' ')?.1).filter(|name| !name.is_empty())
}

fn asserted(what: &str, (wide, narrow): (usize, usize)) -> String {
    format!("_Static_assert({what} == (sizeof(void*) == 8 ? {wide} : {narrow}), \"{what}\");\n")
}

fn checked(compiler: &str, target: Option<&str>, source: &str) {
    if has(compiler) {
        compiled(compiler, target, source)
            .unwrap_or_else(|said| panic!("{compiler} {target:?}:\n{said}"));
    }
}

/// Compiles without output. Of a foreign target's C library nothing is needed but two headers' names.
fn compiled(compiler: &str, target: Option<&str>, source: &str) -> Result<(), String> {
    let mut command = Command::new(compiler);
    let libc = tempfile::tempdir().expect("a directory");
    if let Some(target) = target {
        for name in ["stdlib.h", "string.h"] {
            std::fs::write(libc.path().join(name), "").expect("written");
        }
        command.args(["-target", target, "-ffreestanding", "-isystem"]).arg(libc.path());
    }
    syntax(command.args(["-x", "c", "-std=c11"]), source)
}

fn syntax(command: &mut Command, source: &str) -> Result<(), String> {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), source).expect("written");
    let output = command
        .args(["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(crate_dir().join("include"))
        .arg::<&Path>(file.path())
        .output()
        .expect("the compiler runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}
