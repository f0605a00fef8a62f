//! The three clients, as an application configures them: endpoint, region, credentials, CA.

use std::net::SocketAddr;

use aws_sdk_kinesisvideo::config::retry::RetryConfig;
use aws_sdk_kinesisvideo::config::{BehaviorVersion, Region, SharedHttpClient};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use mock_kvs::{Config, IssuedCredentials, Mock};

use crate::support::Bench;

/// A mock, and clients of the control plane with temporary credentials.
pub struct Sdk {
    pub bench: Bench,
    pub video: aws_sdk_kinesisvideo::Client,
    http: SharedHttpClient,
    keys: IssuedCredentials,
}

macro_rules! client {
    ($sdk:ident, $url:expr, $http:expr, $keys:expr) => {{
        let keys: &IssuedCredentials = $keys;
        let (id, secret) = (keys.access_key_id.clone(), keys.secret_key.clone());
        let token = keys.session_token.clone();
        let config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-west-2"))
            .credentials_provider($sdk::config::Credentials::new(id, secret, token, None, "test"))
            .endpoint_url($url)
            .http_client($http)
            // The first answer is the one to look at.
            .retry_config(RetryConfig::disabled())
            .build();
        $sdk::Client::from_conf(config)
    }};
}

impl Sdk {
    pub async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub async fn with(config: Config) -> Self {
        let bench = Bench::with(config).await;
        let http = trusting(&bench.mock);
        let keys = bench.mock.issue_credentials(Some(std::time::Duration::from_secs(900)));
        let video = client!(aws_sdk_kinesisvideo, url(bench.device), http.clone(), &keys);
        Self { bench, video, http, keys }
    }

    /// A client of the control plane with other credentials.
    pub fn video_with(&self, keys: &IssuedCredentials) -> aws_sdk_kinesisvideo::Client {
        client!(aws_sdk_kinesisvideo, url(self.bench.device), self.http.clone(), keys)
    }

    /// A client of the endpoint that was returned for HTTPS.
    pub fn signaling(&self, endpoint: &str) -> aws_sdk_kinesisvideosignaling::Client {
        client!(aws_sdk_kinesisvideosignaling, endpoint, self.http.clone(), &self.keys)
    }

    /// A client of the endpoint that was returned for WEBRTC.
    pub fn storage(&self, endpoint: &str) -> aws_sdk_kinesisvideowebrtcstorage::Client {
        client!(aws_sdk_kinesisvideowebrtcstorage, endpoint, self.http.clone(), &self.keys)
    }
}

fn url(address: SocketAddr) -> String {
    format!("https://{address}")
}

fn trusting(mock: &Mock) -> SharedHttpClient {
    let store = TrustStore::empty().with_pem_certificate(mock.ca_pem());
    let context = TlsContext::builder().with_trust_store(store).build().expect("a TLS context");
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https()
}
