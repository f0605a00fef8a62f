//! The mock in the foreground.
use clap::Parser as _;
use mock_kvs::standalone::{Options, run};
#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let options = Options::parse();
    mock_kvs::standalone::log_to_stderr();
    match run(options, &mut std::io::stdout()).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
