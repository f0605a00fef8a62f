//! `scenario mock`, `scenario proxy`: in the foreground until a signal.

use std::future::Future;
use std::io::{self, Write};

use mock_kvs::standalone::{Options, ProxyOptions, StandaloneError};
use mock_kvs::standalone::{log_to_stderr, run, run_proxy};

use crate::verdict::{EXIT_INFRA, EXIT_PASS, EXIT_USAGE};

/// The mock alone.
///
/// # Errors
/// When something could not be printed.
pub fn mock(options: Options) -> io::Result<u8> {
    log_to_stderr(options.log_format);
    in_the_foreground(run(options, &mut io::stdout()))
}

/// The fault link alone.
///
/// # Errors
/// When something could not be printed.
pub fn proxy(options: ProxyOptions) -> io::Result<u8> {
    log_to_stderr(options.log_format);
    in_the_foreground(run_proxy(options, &mut io::stdout()))
}

fn in_the_foreground(served: impl Future<Output = Result<(), StandaloneError>>) -> io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let error = match runtime.block_on(served) {
        Ok(()) => return Ok(EXIT_PASS),
        Err(error) => error,
    };
    writeln!(io::stderr(), "scenario: {error}")?;
    Ok(match error {
        StandaloneError::Config { .. }
        | StandaloneError::Setting(_)
        | StandaloneError::Channel(_) => EXIT_USAGE,
        StandaloneError::Listen(_)
        | StandaloneError::Tls(_)
        | StandaloneError::Proxy(_)
        | StandaloneError::State { .. }
        | StandaloneError::File { .. }
        | StandaloneError::Print(_)
        | StandaloneError::Signal(_)
        | StandaloneError::Parent { .. }
        | StandaloneError::Lan { .. }
        | StandaloneError::Authority { .. }
        | StandaloneError::OpenKey { .. } => EXIT_INFRA,
    })
}
