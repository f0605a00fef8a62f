//! The command line, the standard streams and the end of the process.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use kvs_port_host::tls::TlsConnector;
use kvs_port_host::{Cache, Console, Options, Size, TcpConnector, platform, run_device};
use kvs_trace::{Event, LineBuf};
use tokio::sync::mpsc;

const HELP: &str = "\
The KVS signaling firmware as a process.

Usage: kvs-port-host [--small] [--cache FILE]

Commands come in on stdin, events go out on stdout, one line each; stderr is log text.
The line protocol is described in firmware/device/docs/console.md.

  --small       memory limits of a microcontroller instead of the C SDK's
  --cache FILE  keeps the describe and endpoint cache over restarts
  --help        this text
  --version     name and version

Exit codes: 0 after `exit` or when stdin or stdout ends, 64 usage, 101 a defect (see the last line).
";
/// As in sysexits.h.
const USAGE: u8 = 64;
/// No line of the protocol is longer; the rest of a longer one is noise.
const INPUT_LINE_MAX: u64 = 4_096;

/// What the command line asks for.
enum Asked {
    Run(Options),
    Print(String),
}

pub(crate) fn main() -> ExitCode {
    match parse(std::env::args_os().skip(1)) {
        Ok(Asked::Run(options)) => run(options),
        Ok(Asked::Print(text)) => {
            // Nobody is there to read it, and so nothing is wrong.
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(wrong) => {
            log(&format!("{wrong}; see --help"));
            ExitCode::from(USAGE)
        }
    }
}

fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let mut options = Options::host(String::new());
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--help" | "-h") => return Ok(Asked::Print(HELP.into())),
            Some("--version" | "-V") => {
                let version = env!("CARGO_PKG_VERSION");
                return Ok(Asked::Print(format!("kvs-port-host {version}\n")));
            }
            Some("--small") => options.size = Size::Small,
            Some("--cache") => {
                let path = args.next().ok_or("--cache needs a file")?;
                options.cache = Cache::File(PathBuf::from(path));
            }
            Some(_) | None => return Err(format!("unknown argument {}", arg.display())),
        }
    }
    options.image = platform::image_hash().unwrap_or_else(|error| {
        log(&format!("cannot hash this program: {error}"));
        "unknown".into()
    });
    Ok(Asked::Run(options))
}

fn run(options: Options) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            log(&format!("cannot start the runtime: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let written = Arc::new(Mutex::new(0));
    report_panics(Arc::clone(&written));
    let (commands, received) = mpsc::unbounded_channel();
    // A thread of its own: a read of stdin cannot be cancelled, and must not hold up the end.
    std::thread::spawn(move || read_stdin(&commands));
    let console = Console::new(received, move |line| write_line(line, &written)).with_log(log);
    runtime.block_on(run_device(TlsConnector(TcpConnector), console, options));
    // A name look-up may still be under way in a thread; nobody waits for it any more.
    runtime.shutdown_background();
    ExitCode::SUCCESS
}

fn read_stdin(commands: &mpsc::UnboundedSender<String>) {
    let mut input = BufReader::new(io::stdin().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.by_ref().take(INPUT_LINE_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line);
        if commands.send(text.trim_end_matches(['\r', '\n']).to_owned()).is_err() {
            return;
        }
    }
}

/// One write a line, so that a reader never sees half of one from a device that was killed.
fn write_line(line: &str, written: &Mutex<u32>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()?;
    if let Ok(mut written) = written.lock() {
        *written += 1;
    }
    Ok(())
}

/// A panic's last words are an event, numbered as the next line.
fn report_panics(written: Arc<Mutex<u32>>) {
    let begun = tokio::time::Instant::now();
    std::panic::set_hook(Box::new(move |info| {
        let text = info.to_string().replace('\n', " ");
        log(&text);
        let seq = written.try_lock().map_or(0, |written| *written);
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut buf = LineBuf::new();
        let line = Event::Panic { text: &text }.write(seq, ms, &mut buf);
        // Standard output may be what failed.
        let _ = write_line(line, &written);
    }));
}

#[expect(clippy::print_stderr, reason = "stderr is this program's log")]
fn log(line: &str) {
    eprintln!("kvs-port-host: {line}");
}
