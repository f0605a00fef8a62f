//! `scenario probe`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `scenario probe`.
#[derive(Clone, Debug, Args)]
#[command(after_help = PROBE_EXAMPLES)]
pub struct ProbeArgs {
    /// Which service is probed
    #[arg(long, value_enum, value_name = "SERVICE")]
    pub service: Service,
    /// AWS region
    #[arg(long, default_value = "us-west-2")]
    pub region: String,
    /// File for the transcript, in place of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Certificates to trust (PEM) when AWS is probed
    #[arg(long, value_name = "FILE", default_value = "/etc/ssl/certs/ca-certificates.crt")]
    pub ca: PathBuf,
}

/// A service to probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Service {
    /// A mock made for it, in this process
    Mock,
    /// AWS itself: creates a channel and deletes it, with the keys of AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN
    Aws,
}

const PROBE_EXAMPLES: &str = "\
Example: where does the mock differ from the service it stands for?
  scenario probe --service mock --out mock.txt
  AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… scenario probe --service aws --out aws.txt
  diff mock.txt aws.txt
The transcripts hold no keys, ARNs, account numbers, addresses or times.";
