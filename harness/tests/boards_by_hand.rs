//! `scenario boards` on a board that hangs on a pty, and a board that hangs on another machine: Espressif's RFC 2217 server
//! (of esptool, from PyPI) is that machine.
#![cfg(unix)]

#[path = "support/esp_elf.rs"]
mod esp_elf;
#[path = "support/host_firmware.rs"]
mod host_firmware;
#[path = "support/host_port.rs"]
mod host_port;
#[path = "support/pty_board/mod.rs"]
mod pty_board;
#[path = "support/serial_desk.rs"]
mod serial_desk;
mod support;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use harness::verdict::Verdict;
use host_firmware::Quirks;
use serial_desk::{ATTIC, Attached, Desk, PORCH};

#[test]
fn boards_are_identified_probed_and_wiped() {
    let porch = Attached::new("porch", PORCH, Quirks::default());
    let attic = Attached::new("attic", ATTIC, Quirks::default());
    let desk = Desk::new(&[&porch, &attic]);
    let row = |board: &Attached| {
        let mac = harness::board::serial::Mac(board.mac);
        format!("{}  esp32c3  {mac}  4 MiB flash  {}\n", board.name, board.port())
    };
    let said = desk.scenario(&["boards", "identify", "porch"]);
    assert_eq!((said.code, said.out), (Some(0), row(&porch)), "{}", said.err);
    let said = desk.scenario(&["boards", "probe"]);
    assert_eq!((said.code, said.out), (Some(0), row(&porch) + &row(&attic)), "{}", said.err);
    assert_eq!(porch.board.flash().elf_sha256(), None, "asking writes nothing");

    let said = desk.scenario(&["boards", "wipe", "porch"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.starts_with("porch  erased, with all it kept; "), "{}", said.out);
    assert!(porch.board.flash().elf_sha256().is_some(), "written anew");

    drop(attic);
    let said = desk.scenario(&["boards", "probe"]);
    assert_eq!((said.code, said.out), (Some(3), row(&porch)), "one is gone");
    assert!(said.err.contains("board attic is not plugged in"), "{}", said.err);
}

#[test]
fn a_board_of_another_machine_is_flashed_and_played() {
    let porch = Attached::new("porch", PORCH, Quirks::default());
    let desk = Desk::new(&[&porch]);
    let Some(machine) = Machine::serving(&porch.port()) else { return };
    let bench = desk.dir.path().join("bench.toml");
    let local = std::fs::read_to_string(&bench).expect("a file");
    let there = format!("rfc2217://127.0.0.1:{}", machine.port);
    std::fs::write(&bench, local.replace(&porch.port(), &there)).expect("a file");

    let (said, runs) = desk.run(&["builtin:connect/first-offer-answer"], &["porch"]);
    assert_eq!((said.code, runs[0].verdict), (Some(0), Verdict::Pass), "{runs:#?}\n{}", said.err);
    assert!(porch.board.flash().elf_sha256().is_some(), "flashed over the network");

    drop(machine);
    let (said, runs) = desk.run(&["builtin:connect/first-offer-answer"], &["porch"]);
    assert_eq!((said.code, runs[0].verdict), (Some(3), Verdict::Infra), "{}", said.err);
    let reason = runs[0].reason.as_deref().expect("a reason");
    assert!(reason.contains(&there), "{reason}");
}

/// Espressif's server, but that it leaves the modem lines of its port alone: a pty has none.
const SERVER: &str = "\
import runpy
from serial import rfc2217, serialposix
rfc2217.PortManager.check_modem_lines = lambda port, force_notification=False: None
serialposix.Serial._update_rts_state = serialposix.Serial._update_dtr_state = lambda port: None
runpy.run_module('esp_rfc2217_server', run_name='__main__')
";

/// It before one port; it ends with this.
struct Machine {
    server: Child,
    port: u16,
}

impl Machine {
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so, loudly")]
    fn serving(path: &str) -> Option<Self> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target directory");
        let python = target.join("tools/python/bin/python");
        if !python.exists() {
            eprintln!("SKIPPED: esptool is not installed; run ci/packages.sh");
            return None;
        }
        // It takes no port 0; between this and its start nobody else is likely to take the one that is free.
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = free.expect("a port").port();
        let mut server = Command::new(python)
            .args(["-u", "-c", SERVER, "-p", &port.to_string(), path])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server");
        let mut lines = BufReader::new(server.stdout.take().expect("piped")).lines();
        let listens = lines.by_ref().map_while(Result::ok).any(|line| line.starts_with("Waiting"));
        assert!(listens, "the server listens");
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { server, port })
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.server.kill().expect("ours");
        self.server.wait().expect("ours");
    }
}
