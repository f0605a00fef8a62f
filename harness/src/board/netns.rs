//! A network of a run's own, for clients that insist on port 443 and on AWS's names: Linux, as root.
//!
//! The run's thread moves into a new network namespace that holds nothing but loopback; what it binds
//! and starts from then on is in there. The client gets besides a mount namespace in which the name
//! service is ours (`mock_kvs::names`). Both are made with `unshare` of util-linux and `ip` of iproute2.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::BoardError;

/// Says what is missing for [`enter`] to work on this machine.
///
/// # Errors
/// With the reason, as a whole sentence.
pub fn possible() -> Result<(), BoardError> {
    let enough = if cfg!(target_os = "linux") { is_root() } else { Err("it needs Linux".into()) };
    let reason = match enough {
        Ok(()) => attempt().err(),
        Err(why) => Some(why),
    };
    reason.map_or(Ok(()), |why| Err(BoardError(format!("--netns cannot work here: {why}"))))
}

#[cfg(unix)]
fn is_root() -> Result<(), String> {
    if rustix::process::geteuid().is_root() { Ok(()) } else { Err("it needs root".into()) }
}

#[cfg(not(unix))]
fn is_root() -> Result<(), String> {
    Err("it needs Linux".into())
}

/// Makes loopback. With an address beside 127.0.0.1: where there is no other, glibc takes the machine
/// for one without IPv4 (AI_ADDRCONFIG, the default of getaddrinfo) and looks no name up.
const LOOPBACK: &str = "ip link set lo up && ip address add 192.0.2.1/32 dev lo";

/// All that a run does later, once, on a process of its own.
fn attempt() -> Result<(), String> {
    let script = format!("{LOOPBACK} && mount --bind /etc/hosts /etc/hosts");
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--propagation", "private", "sh", "-c", &script])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start `unshare` of util-linux: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`unshare --net --mount` and `{script}` said: {}", said.trim()))
}

/// Moves this thread into a network of its own, with loopback up.
///
/// # Errors
/// With what refused.
pub fn enter() -> Result<(), BoardError> {
    let failed = |what: &str, error: io::Error| BoardError(format!("--netns: {what}: {error}"));
    // It makes the namespace, and holds it until we are inside.
    let mut holder = Command::new("unshare")
        .args(["--net", "sh", "-c", &format!("{LOOPBACK} && echo up && exec cat")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed("cannot start `unshare`", error))?;
    let mut up = [0; 3];
    let ready = match holder.stdout.as_mut() {
        Some(stdout) => stdout.read_exact(&mut up),
        None => Err(io::Error::other("no pipe")),
    };
    let entered = ready.and_then(|()| {
        let path = format!("/proc/{}/ns/net", holder.id());
        move_into(Path::new(&path))
    });
    // The end of its stdin is the end of `cat`.
    drop(holder.stdin.take());
    let _ = holder.wait();
    entered.map_err(|error| failed("no network namespace", error))
}

#[cfg(target_os = "linux")]
fn move_into(namespace: &Path) -> io::Result<()> {
    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
    use std::os::fd::AsFd as _;
    let file = std::fs::File::open(namespace)?;
    Ok(move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?)
}

#[cfg(not(target_os = "linux"))]
fn move_into(_namespace: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Files of the system that a client sees ours instead of: its name service leads to us alone.
const REPLACED: [(&str, &str); 3] = [
    ("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:2\n"),
    ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"),
    ("/etc/hosts", "127.0.0.1 localhost\n"),
];

/// The words of a command that runs `command` in a shell which sees our name service; the files for
/// it are put into `folder`.
///
/// # Errors
/// Those of the disk.
pub fn wrapped(command: &str, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut words: Vec<PathBuf> =
        ["unshare", "--mount", "--propagation", "private", "sh", "-c"].map(PathBuf::from).into();
    let mut script = String::from("command=$1; shift; ");
    let mut files = Vec::new();
    for (place, text) in REPLACED.iter().filter(|(place, _)| Path::new(place).exists()) {
        let file = folder.join(place.replace('/', "_"));
        std::fs::write(&file, text)?;
        files.push(file);
        // A shell that says 126 has not run the client.
        script.push_str(&format!("mount --bind \"$1\" {place} || exit 126; shift; "));
    }
    script.push_str("exec sh -c \"$command\"");
    words.extend([script.into(), "sh".into(), command.into()]);
    words.extend(files);
    Ok(words)
}
