//! `kvs_trace.h` writes what this crate writes: as C99 and as C++, by gcc and by clang.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kvs_trace::{Event, FIELDS, LINE_MAX, Line, LineBuf};

/// Compiler, the language as it calls it, the standard.
const BUILDS: [[&str; 3]; 4] = [
    ["gcc", "c", "c99"],
    ["clang", "c", "c99"],
    ["g++", "c++", "c++11"],
    ["clang++", "c++", "c++17"],
];
const STRICT: [&str; 9] = [
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pedantic",
    "-Wconversion",
    "-Wshadow",
    // As ESP-IDF may be told to; the header must not depend on the sign of `char`.
    "-funsigned-char",
    "-fsanitize=undefined",
    // No run-time library of the compiler's, which need not be installed.
    "-fsanitize-undefined-trap-on-error",
];

/// The events of `lines.c`, in its order.
const EVENTS: [Event<'static>; 16] = [
    Event::Hello {
        proto: kvs_trace::PROTOCOL,
        image: "0123456789abcdef",
        board: "my camera",
        reset: "power",
        mac: "a0:76:4e:12:34:56",
    },
    Event::State { from: "IDLE", to: "CONNECTED", why: "a=b" },
    Event::Open {
        link: 1,
        kind: "wss",
        host: "m-1.kinesisvideo.us-west-2.amazonaws.com",
        port: 443,
        attempt: 0,
    },
    Event::Up { link: 1, kind: "wss", took_ms: u64::MAX },
    Event::Closed { link: 1, kind: "wss", why: "" },
    Event::Call {
        link: 2,
        api: "describe",
        status: 403,
        error: "AccessDeniedException",
        took_ms: 17,
    },
    Event::Retry { attempt: 3, wait_ms: 912, base_ms: 800, why: "reset" },
    Event::Connected { link: 2, attempt: 1 },
    Event::In { link: 2, from: "viewer*1", kind: "SDP_OFFER", size: 900, sha: "0011223344556677" },
    Event::Out {
        ticket: 1,
        to: "viewer%1",
        kind: "SDP_ANSWER",
        size: 901,
        sha: "8899aabbccddeeff",
    },
    Event::GoAway { link: 2 },
    Event::ReconnectIce { link: u32::MAX },
    Event::Ice { servers: 3, ttl_s: 300 },
    Event::Gauge { name: "heap_bytes", value: 0 },
    Event::Panic { text: "abort() was called\r\nat PC 0x42008a1c" },
    Event::Clock { offset_ms: i64::MIN },
];

#[test]
fn c_and_cpp_write_the_same_bytes_as_rust() {
    let values = odd_values();
    let mut expected = String::new();
    let mut buf = LineBuf::new();
    for (seq, event) in (0..).zip(&EVENTS) {
        expected.push_str(event.write(seq, 1_250, &mut buf));
        expected.push('\n');
    }
    for (build, program) in programs() {
        let said = run(&program, &values);
        let said = String::from_utf8(said).expect("ASCII");
        let rest = said.strip_prefix(&expected);
        let rest = rest.unwrap_or_else(|| panic!("{build}: {said:.1800}\nnot\n{expected}"));
        assert_eq!(rest.lines().count(), values.len(), "{build}");
        for ((line, value), seq) in rest.lines().zip(&values).zip(EVENTS.len()..) {
            agree(&build, line, value, seq);
        }
    }
}

#[test]
fn the_header_names_only_events_and_fields_that_there_are() {
    let header = std::fs::read_to_string(here().join("kvs_trace.h")).expect("the header");
    let mut told = 0;
    for function in header.split("static inline void kvs_trace_").skip(1) {
        let Some((_, body)) = function.split_once("kvs_trace_begin(trace, &line, \"") else {
            continue;
        };
        let (name, body) = body.split_once('"').expect("a name");
        let body = body.split("kvs_trace_end").next().unwrap_or_default();
        let fields: Vec<&str> =
            body.split("(&line, \"").skip(1).filter_map(|field| field.split('"').next()).collect();
        assert!(function.starts_with(&format!("{name}(")), "{name} has a function of its name");
        assert!(FIELDS.contains(&(name, fields.as_slice())), "{name}: {fields:?}");
        told += 1;
    }
    // `clock` stands in lines.c through the functions for any event.
    assert_eq!(told, EVENTS.len() - 1, "lines.c prints every event of the header");
}

/// What the parser makes of the C program's line is the value that went in, as far as a line goes.
fn agree(build: &str, line: &str, value: &[u8], seq: usize) {
    let parsed = Line::parse(line).unwrap_or_else(|e| panic!("{build}: {e}: {line}"));
    assert_eq!((parsed.number as usize, parsed.ms, parsed.name), (seq, Some(1_250), "panic"));
    let text = parsed.value("text").unwrap_or_else(|| panic!("{build}: no text: {line}"));
    let bytes: Vec<u8> = text.bytes().collect();
    if let Some(whole) = parsed.u64("after") {
        assert_eq!((bytes.as_slice(), whole), (value, value.len() as u64), "{build}");
    } else {
        // Cut, or what follows had no room: a prefix, which only a mark may end.
        let kept = bytes.strip_suffix(b"~").unwrap_or(&bytes);
        assert!(bytes == value || value.starts_with(kept), "{build}: {line}");
        assert!(line.len() > LINE_MAX - 20 && line.len() <= LINE_MAX, "{build}: {line}");
    }
    if let Ok(text) = std::str::from_utf8(value) {
        let mut buf = LineBuf::new();
        let rust = Event::Panic { text }.write(parsed.number, 1_250, &mut buf);
        let body = |line: &str| line.rsplit_once(" *").map(|(body, _)| body.to_owned());
        let c = body(line).map(|b| b.split(" after=").next().unwrap_or_default().to_owned());
        assert_eq!(c, body(rust), "{build}");
    }
}

/// Every byte alone, then values of every length up to beyond a line, of odd bytes and of text.
fn odd_values() -> Vec<Vec<u8>> {
    let mut values: Vec<Vec<u8>> = (0..=u8::MAX).map(|byte| vec![byte]).collect();
    values.push(Vec::new());
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut byte = move || {
        // xorshift64: the same values on every run.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as u8
    };
    for length in 0..2 * LINE_MAX {
        values.push((0..length).map(|_| byte()).collect());
        values.push((0..length).map(|_| b"%=*~ ax"[usize::from(byte()) % 7]).collect());
    }
    values
}

fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `lines.c` by every compiler that is there.
#[allow(clippy::print_stderr, reason = "a skipped build says so")]
fn programs() -> Vec<(String, PathBuf)> {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut made = Vec::new();
    for [compiler, language, standard] in BUILDS {
        let build = format!("{compiler} -x {language} -std={standard}");
        let program = dir.join(format!("lines-{compiler}-{}", std::process::id()));
        let compiled = Command::new(compiler)
            .args(["-x", language, &format!("-std={standard}")])
            .args(STRICT)
            .arg("-I")
            .arg(here())
            .arg(here().join("tests/c/lines.c"))
            .arg("-o")
            .arg(&program)
            .output();
        match compiled {
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{build}: {said}");
                made.push((build, program));
            }
            Err(error) => eprintln!("SKIPPED: {build}: {error}"),
        }
    }
    made
}

/// What the program prints when it gets `values`; its file is gone afterwards.
fn run(program: &Path, values: &[Vec<u8>]) -> Vec<u8> {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("its stdin");
    let input: Vec<u8> = values
        .iter()
        .flat_map(|value| {
            format!("{:04}", value.len()).into_bytes().into_iter().chain(value.clone())
        })
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("its output");
    writer.join().expect("no panic").expect("it reads all");
    assert!(output.status.success(), "{program:?}: {}", output.status);
    std::fs::remove_file(program).expect("the program is there");
    output.stdout
}
