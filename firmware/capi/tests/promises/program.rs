//! `examples/camera.c`: ordinary code against the SDK's public signaling API, as its own samples use it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use mock_kvs::Config;
use serde_json::json;

use crate::support::{Service, compile, crate_dir, has, library, run, viewer};

const SOURCE: &str = "examples/camera.c";
/// What may be included: the SDK's header by the SDK's path, and the system's.
const INCLUDES: &[&str] = &[
    "com/amazonaws/kinesis/video/webrtcclient/Include.h",
    "inttypes.h",
    "pthread.h",
    "signal.h",
    "stdio.h",
    "time.h",
];

#[test]
fn nothing_in_the_program_is_ours() {
    let text = std::fs::read_to_string(crate_dir().join(SOURCE)).expect("the program");
    let included = text.lines().filter_map(|line| line.strip_prefix("#include "));
    let included: Vec<&str> = included.map(|name| name.trim_matches(['<', '>', '"'])).collect();
    assert_eq!(included, INCLUDES);
    let lower = text.to_lowercase();
    for ours in ["kvscapi", "kvs_capi", "kvs-capi", "rust", "mock", "esp"] {
        let words = lower.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        assert!(words.clone().all(|word| word != ours), "{ours}");
    }
    let used = header_functions().into_iter().filter(|name| text.contains(&format!("{name}(")));
    // Create to free, with both kinds of credentials: all but disconnect, delete and what a file needs.
    assert_eq!(used.count(), 16, "functions of the header that the program calls");
}

#[test]
fn it_compiles_as_c99_and_as_cpp_with_gcc_and_clang() {
    let builds: [(&str, &[&str]); 6] = [
        ("gcc", &["-x", "c", "-std=c99"]),
        ("clang", &["-x", "c", "-std=c99"]),
        ("gcc", &["-x", "c++", "-std=c++11"]),
        ("clang", &["-x", "c++", "-std=c++11"]),
        ("gcc", &["-x", "c++", "-std=c++20"]),
        ("clang", &["-x", "c++", "-std=c++20"]),
    ];
    for (compiler, dialect) in builds {
        if has(compiler) {
            let mut command = Command::new(compiler);
            command
                .args(dialect)
                .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-I"])
                .args([crate_dir().join("include"), crate_dir().join(SOURCE)]);
            run(&mut command);
        }
    }
}

#[test]
fn it_serves_viewers_through_go_away_and_reset_built_with_gcc() {
    if let Some(program) = compile("gcc", SOURCE, "camera", &["-std=c99"]) {
        serves(&program);
    }
}

#[test]
fn it_serves_viewers_through_go_away_and_reset_built_with_clang() {
    if let Some(program) = compile("clang", SOURCE, "camera", &["-std=c99"]) {
        serves(&program);
    }
}

#[test]
fn it_serves_viewers_as_cpp() {
    if !has("g++") {
        return;
    }
    let library = library("libkvs_capi.a");
    let program = library.with_file_name("capi-camera-cpp");
    let mut command = Command::new("g++");
    command
        .args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", "-x", "c++", "-I"])
        .args([crate_dir().join("include"), crate_dir().join(SOURCE)])
        .args(["-x", "none"])
        .arg(library)
        .args(["-lpthread", "-ldl", "-lm", "-o"])
        .arg(&program);
    run(&mut command);
    serves(&program);
}

fn serves(program: &Path) {
    let mut camera = Camera::start(program);
    for id in ["anna", "bert"] {
        camera.answers(id);
    }
    for change in ["go-away", "close"] {
        camera.service.change(json!({"change": change, "to": {"role": "master"}}));
        // The states are told once more: the connection is another one.
        camera.waits_for("state 9 - 'Connected'");
        camera.answers(change);
    }
    let said = camera.ends();
    assert!(said.contains("Number of signaling client API errors: 0"), "{said}");
}

/// Out of reach for longer than the SDK tries: 0x5d000030 is reported, and the samples' loop brings it back.
#[test]
fn it_comes_back_by_the_samples_own_loop() {
    let Some(program) = compile("cc", SOURCE, "camera", &[]) else { return };
    let mut camera = Camera::start(&program);
    camera.answers("anna");
    camera.service.fault(json!({"fault": "refuse", "as": "out of reach"}));
    camera.service.change(json!({"change": "close", "to": {"role": "master"}}));
    camera.waits_for("error 0x5d000030");
    camera.service.heal();
    // Fetched, then connected by the loop: READY is where a fetch ends.
    camera.waits_for("fetched again 0x00000000");
    camera.waits_for("connected again 0x00000000");
    camera.answers("bert");
    camera.ends();
}

/// The program under way.
struct Camera {
    child: Child,
    lines: Receiver<String>,
    said: String,
    service: Service,
}

impl Camera {
    fn start(program: &Path) -> Self {
        let service = Service::new(Config::default());
        let mut command = service.command(program);
        let mut child = command.arg("porch").stdout(Stdio::piped()).spawn().expect("it starts");
        let (to, lines) = channel();
        let from = BufReader::new(child.stdout.take().expect("piped"));
        std::thread::spawn(move || {
            from.lines().map_while(Result::ok).try_for_each(|line| to.send(line))
        });
        let mut camera = Self { child, lines, said: String::new(), service };
        camera.waits_for("Channel porch set up done");
        camera
    }

    /// A viewer offers, and has its answer.
    fn answers(&mut self, id: &str) {
        let said = run(self.service.command(viewer()).args(["porch", id]));
        assert!(said.contains("done 0x00000000"), "{said}");
        self.waits_for(&format!("offer from {id}, 2 ICE servers"));
        self.waits_for("[Signaling offer received to answer sent time]");
    }

    fn waits_for(&mut self, begin: &str) {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60));
            let line = line.unwrap_or_else(|_| panic!("never said {begin:?}:\n{}", self.said));
            self.said.push_str(&line);
            self.said.push('\n');
            if line.starts_with(begin) {
                return;
            }
        }
    }

    /// Ctrl-C, as the samples end.
    fn ends(mut self) -> String {
        let id = self.child.id().to_string();
        run(Command::new("kill").args(["-INT", &id]));
        self.waits_for("Cleanup done 0x00000000");
        assert!(self.child.wait().expect("it ends").success());
        self.said
    }
}

fn header_functions() -> Vec<String> {
    let path = crate_dir().join("include/com/amazonaws/kinesis/video/webrtcclient/Include.h");
    functions_of(&path)
}

/// Names of the functions that a header of ours declares.
pub fn functions_of(header: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(header).expect("the header");
    let declared = text.lines().filter_map(|line| line.strip_prefix("STATUS "));
    declared.filter_map(|rest| rest.split_once('(')).map(|(name, _)| name.to_owned()).collect()
}
