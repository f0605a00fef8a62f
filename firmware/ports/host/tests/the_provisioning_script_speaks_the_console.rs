//! `firmware/ports/esp32c3/provision.py` against a real console: every line of its file is taken. Only `keep` is not: a host
//! has no flash to keep it in.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::path::Path;
use std::process::Command;

/// Every kind of line: text, text that has to be encoded, a secret, a file in several parts, a name override.
const FILE: &str = "# a comment\n\
    wifi.ssid Café 100 % = *\n\
    secret.wifi.password correct horse\n\
    channel front-door\n\
    ca @ca.der\n\
    resolve amazonaws.com 127.0.0.1:443\n\
    secret.access_key_id AKIDEXAMPLE\n\
    secret.secret_key wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY\n";

/// A device behind a serial line: arguments are the device and the script; its input is the script's.
const SERIAL_LINE: &str = "
import os, pty, subprocess, sys, tty
master, line = pty.openpty()
tty.setraw(line)
device = subprocess.Popen([sys.argv[1]], stdin=master, stdout=master, stderr=subprocess.DEVNULL)
try:
    sys.exit(subprocess.run([sys.executable, sys.argv[2], os.ttyname(line)]).returncode)
finally:
    device.kill()
    device.wait()
";

/// What the script says of `file`, to a device.
fn told(file: &str) -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../esp32c3/provision.py");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("provision");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("ca.der"), [0xa5; 1_200]).expect("written");
    std::fs::write(folder.join("told.txt"), file).expect("written");
    let output = Command::new("python3")
        .args(["-c", SERIAL_LINE, env!("CARGO_BIN_EXE_kvs-port-host")])
        .arg(script.canonicalize().expect("the script"))
        .current_dir(&folder)
        .stdin(std::fs::File::open(folder.join("told.txt")).expect("opened"))
        .output();
    match output {
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => {
            println!("SKIPPED: python3: {error}");
            None
        }
    }
}

#[test]
fn all_is_taken_but_a_host_keeps_nothing() {
    let Some(said) = told(FILE) else { return };
    assert_eq!(said, "keep: refused, why=unknown");
    let said = told("channel front-door\nwifi.colour blue\n");
    assert_eq!(said.as_deref(), Some("set wifi.colour: refused, why=unknown"));
}
