//! `scenario probe`.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use mock_kvs::{Config, Mock, Quotas, Tls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::cli::{ProbeArgs, Service};
use crate::probe::{Client, Keys, Reach, transcript};
use crate::report::Wall;
use crate::verdict::{EXIT_INFRA, EXIT_PASS, EXIT_USAGE};

/// The time between two calls to AWS: five a second are allowed on a channel.
const AWS_PACE: Duration = Duration::from_millis(400);

/// How long silence is waited for: over the internet, and on loopback.
const AWS_QUIET: Duration = Duration::from_secs(3);
const MOCK_QUIET: Duration = Duration::from_millis(300);

/// Probes a service and writes the transcript.
///
/// # Errors
/// When something could not be printed.
pub fn probe(args: &ProbeArgs) -> io::Result<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let probed = runtime.block_on(async {
        let client = match args.service {
            Service::Mock => mock(args).await?,
            Service::Aws => aws(args)?,
        };
        let (client, _mock) = client;
        // A name of its own, so that two probes do not meet.
        let channel = format!("scenario-probe-{:x}", (client.wall_ms)());
        transcript(&client, &channel).await
    });
    let tape = match probed {
        Ok(tape) => tape,
        Err(error) => {
            writeln!(io::stderr(), "scenario: cannot probe: {error}")?;
            let is_usage = error.kind() == io::ErrorKind::InvalidInput;
            return Ok(if is_usage { EXIT_USAGE } else { EXIT_INFRA });
        }
    };
    match &args.out {
        Some(path) => std::fs::write(path, tape.to_string())?,
        None => write!(io::stdout(), "{tape}")?,
    }
    Ok(EXIT_PASS)
}

async fn mock(args: &ProbeArgs) -> io::Result<(Client, Option<Mock>)> {
    let quotas = Quotas { connects: false, calls: false, ..Quotas::default() };
    let config = Config { region: args.region.clone(), quotas, ..Config::default() };
    let mock = Mock::new(config).map_err(io::Error::other)?;
    let any = (std::net::Ipv4Addr::LOCALHOST, 0).into();
    let address = mock.listen_tcp("device", any, Tls::On).await.map_err(io::Error::other)?;
    let issued = mock.issue_credentials(None);
    let clock = mock.clone();
    let client = Client {
        region: args.region.clone(),
        keys: Keys {
            access_key_id: issued.access_key_id,
            secret_key: issued.secret_key,
            session_token: issued.session_token.unwrap_or_default(),
        },
        reach: Reach::At(address),
        tls: trusting([CertificateDer::from(mock.ca_der().to_vec())])?,
        pace: Duration::ZERO,
        quiet: MOCK_QUIET,
        wall_ms: Box::new(move || clock.wall_ms()),
    };
    Ok((client, Some(mock)))
}

fn aws(args: &ProbeArgs) -> io::Result<(Client, Option<Mock>)> {
    let usage = |text: String| io::Error::new(io::ErrorKind::InvalidInput, text);
    let variable = |name: &str| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        value.ok_or_else(|| usage(format!("set {name}: AWS wants keys")))
    };
    let keys = Keys {
        access_key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret_key: variable("AWS_SECRET_ACCESS_KEY")?,
        session_token: std::env::var("AWS_SESSION_TOKEN").unwrap_or_default(),
    };
    let unread = |error: &dyn std::fmt::Display| {
        usage(format!("{}: {error}; give --ca FILE", args.ca.display()))
    };
    let certificates = CertificateDer::pem_file_iter(&args.ca).map_err(|error| unread(&error))?;
    let certificates: Vec<_> =
        certificates.collect::<Result<_, _>>().map_err(|error| unread(&error))?;
    let client = Client {
        region: args.region.clone(),
        keys,
        reach: Reach::ByName,
        tls: trusting(certificates)?,
        pace: AWS_PACE,
        quiet: AWS_QUIET,
        wall_ms: Box::new(|| Wall::now().unix_ms()),
    };
    Ok((client, None))
}

fn trusting(
    certificates: impl IntoIterator<Item = CertificateDer<'static>>,
) -> io::Result<Arc<rustls::ClientConfig>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
