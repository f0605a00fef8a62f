//! The mock in the foreground.
use clap::Parser as _;
use mock_kvs::standalone::{Options, log_to_stderr, run};
#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let options = Options::parse();
    log_to_stderr(options.log_format);
    match run(options, &mut std::io::stdout()).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
