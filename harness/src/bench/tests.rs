use std::path::{Path, PathBuf};

use super::*;
use crate::board::serial::Reset;
use crate::report::Wall;

const LAB: &str = r#"
schema = 1

[[board]]
name = "porch"
mac = "A0:76:4E:12:34:56"
chip = "ESP32-C3"
port = "/dev/serial/by-id/usb-Espressif*"
image = "build/app.elf"
tags = ["lab", "c3"]
network = { host = "192.168.1.10", ssid = "lab", password_file = "wifi" }
reset = { method = "usb", power = ["uhubctl", "-a", "{action}"] }

[[board]]
name = "attic"
mac = "a0-76-4e-12-34-57"
port = "rfc2217://lab-pc:4000"
firmware = "foreign"
tags = ["lab"]
[board.console]
"Connected to" = "connected"
"#;

fn parse(text: &str) -> Result<Bench, BenchError> {
    Bench::parse(Path::new("lab/bench.toml"), text.to_owned())
}

fn problem(text: &str) -> Problem {
    match parse(text) {
        Err(BenchError::File(problem)) => *problem,
        other => panic!("a problem was expected: {other:?}"),
    }
}

#[test]
fn a_whole_file_is_read_as_it_is_meant() {
    let bench = parse(LAB).expect("a good file");
    let [porch, attic] = &bench.boards[..] else { panic!("{bench:?}") };
    assert_eq!(porch.mac.to_string(), "a0:76:4e:12:34:56");
    assert_eq!(porch.chip.as_deref(), Some("esp32c3"));
    assert_eq!(porch.baud, 115_200);
    assert_eq!(porch.image, Some(PathBuf::from("lab/build/app.elf")), "from the file's folder");
    assert_eq!(porch.power("cycle"), ["uhubctl", "-a", "cycle"]);
    assert_eq!(porch.reset.method, Reset::Usb);
    let network = porch.network.as_ref().expect("a network");
    assert_eq!(network.password_file, Some(PathBuf::from("lab/wifi")));
    assert_eq!(attic.port, Port::Rfc2217("rfc2217://lab-pc:4000".into()));
    assert_eq!((attic.firmware, attic.reset.method), (Firmware::Foreign, Reset::DtrRts));
    assert_eq!(attic.console["Connected to"], "connected");
}

#[test]
fn boards_are_meant_by_name_by_mac_and_by_tag() {
    let bench = parse(LAB).expect("a good file");
    let names = |meant: &str| -> Vec<String> {
        let boards = bench.meant_by(meant).expect("there is one");
        boards.into_iter().map(|board| board.name.clone()).collect()
    };
    assert_eq!(names("porch"), ["porch"]);
    assert_eq!(names("A0-76-4E-12-34-57"), ["attic"]);
    assert_eq!(names("lab"), ["porch", "attic"]);
    let Err(BenchError::NoBoard { help, .. }) = bench.meant_by("porsh") else { panic!() };
    assert!(help.contains("did you mean `porch`?"), "{help}");
}

/// What is wrong, the line it is on, what the message holds, what the advice holds.
#[test]
fn every_mistake_has_its_place_and_a_way_out() {
    let cases: [(&str, &str, usize, &str, &str); 14] = [
        ("schema = 1", "schema = 2", 2, "version is 2", "schema = 1"),
        ("chip = ", "chp = ", 7, "unknown key `chp`", "did you mean `chip`?"),
        ("ESP32-C3", "esp32c33", 7, "no chip that can be flashed", "did you mean `esp32c3`?"),
        ("\"usb\"", "\"ubs\"", 12, "unknown word `ubs`", "did you mean `usb`?"),
        ("A0:76:4E:12:34:56", "A0:76:4E", 6, "`A0:76:4E` is no MAC", "six pairs"),
        ("a0-76-4e-12-34-57", "a0-76-4e-12-34-56", 16, "board `porch` has this MAC", "listed once"),
        ("\"attic\"", "\"porch\"", 15, "board `porch` has this name", "listed once"),
        ("\"porch\"", "\"auto\"", 5, "`auto` is no name", ""),
        ("192.168.1.10", "192.168.1", 11, "no IPv4 address", "as the board sees it"),
        (", \"-a\", \"{action}\"", "", 12, "is not told what to do", "{action}"),
        ("rfc2217://lab-pc:4000", "rfc2217://lab-pc", 17, "names no port", "rfc2217://HOST:PORT"),
        (
            "firmware = \"foreign\"",
            "baud = 460800\nfirmware = \"foreign\"",
            18,
            "one speed only",
            "115200",
        ),
        ("firmware = \"foreign\"\n", "", 19, "for foreign firmware", "leave it out"),
        ("password_file = \"wifi\"", "password = \"x\"", 11, "password does not stand", "KVS_WIFI"),
    ];
    for (good, bad, line, message, help) in cases {
        let problem = problem(&LAB.replacen(good, bad, 1));
        assert_eq!(problem.line_column().0, line, "{bad}: {problem:?}");
        assert!(problem.message.contains(message), "{bad}: {}", problem.message);
        let advice = format!("{} {}", problem.label, problem.help.unwrap_or_default());
        assert!(advice.contains(help), "{bad}: {advice}");
    }
}

#[test]
fn a_missing_key_names_itself() {
    let problem = problem("schema = 1\n[[board]]\nname = \"x\"\nmac = \"a0-76-4e-12-34-57\"\n");
    assert!(problem.message.contains("missing field `port`"), "{}", problem.message);
    assert_eq!(problem.line_column().0, 2);
}

#[test]
fn a_board_is_one_run_s_and_the_next_hears_whose() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = StateDir::at(dir.path().join("state")).expect("a folder");
    let mac: Mac = "a0-76-4e-12-34-57".parse().expect("a MAC");
    assert_eq!(holder(&dir, mac), None);
    let hold = Hold::board(&dir, mac, "attic").expect("free");
    // Another open file is another holder, in one process as in two.
    let said = Hold::board(&dir, mac, "attic").expect_err("taken").to_string();
    assert!(said.starts_with("board attic (a0:76:4e:12:34:57) is in use by another run"), "{said}");
    assert!(said.contains(&format!("pid {}", std::process::id())), "{said}");
    assert!(holder(&dir, mac).is_some_and(|who| who.pid == std::process::id()));
    drop(hold);
    assert_eq!(holder(&dir, mac), None);
    Hold::board(&dir, mac, "attic").expect("free again");
}

#[test]
fn a_sick_board_is_left_alone_until_it_is_let_back_or_its_time_is_over() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = StateDir::at(dir.path().join("state")).expect("a folder");
    let mac: Mac = "a0-76-4e-12-34-57".parse().expect("a MAC");
    let (noon, later) = (Wall::from_unix(1_000_000), Wall::from_unix(1_000_000 + 3_600));
    quarantine::put(&dir, mac, "it said nothing", noon).expect("written");
    let sick = quarantine::of(&dir, mac, noon).expect("sick");
    let advice = sick.advice("attic");
    assert!(
        advice.contains("it said nothing") && advice.contains("boards reset attic"),
        "{advice}"
    );
    assert_eq!(quarantine::of(&dir, mac, later), None);
    quarantine::lift(&dir, mac).expect("let back");
    assert_eq!(quarantine::of(&dir, mac, noon), None);
    quarantine::lift(&dir, mac).expect("twice is no harm");
}

#[test]
fn an_address_of_another_machine_is_told_as_such() {
    network::is_of_this_machine("127.0.0.1".parse().expect("IPv4"), "x").expect("loopback");
    // TEST-NET-1: no machine has it.
    let said = network::is_of_this_machine("192.0.2.77".parse().expect("IPv4"), "porch");
    let said = said.expect_err("not ours");
    assert!(said.contains("board porch: 192.0.2.77 (network.host) is no address of"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_password_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("wifi");
    std::fs::write(&path, "correct horse\n").expect("a file");
    let network = Network {
        host: std::net::Ipv4Addr::LOCALHOST,
        ssid: Some("lab".into()),
        password_file: Some(path.clone()),
    };
    let mode = |mode| {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("its owner");
    };
    mode(0o640);
    let said = password::of(&network, "lab").expect_err("others can read it");
    assert!(said.contains("mode 0640") && said.contains("chmod 600"), "{said}");
    mode(0o600);
    let password = password::of(&network, "lab").expect("ours alone");
    assert_eq!(password.reveal(), "correct horse");
    assert_eq!(format!("{password:?}"), "Password(***)");
    let fingerprint = password.fingerprint("lab");
    assert!(fingerprint.len() == 4 && fingerprint != password.fingerprint("other"));
}

#[test]
fn an_entry_is_written_as_it_is_read() {
    let bench = parse(LAB).expect("a good file");
    let text: String = bench.boards.iter().map(|entry| entry.to_string()).collect();
    let again = Bench::parse(Path::new("bench.toml"), format!("schema = 1\n{text}"));
    assert_eq!(again.expect("our own writing").boards, bench.boards, "{text}");
}
