//! The firmware as a process: console on stdin and stdout, log text on stderr.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
