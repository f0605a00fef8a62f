//! A mock for the C programs, here and on ESP-IDF's stand-ins.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use mock_kvs::{Config, Mock, Tls};

/// A mock on TLS, with keys and its CA in a file.
pub struct Service {
    pub runtime: tokio::runtime::Runtime,
    pub mock: Mock,
    pub address: SocketAddr,
    pub dir: tempfile::TempDir,
    keys: (String, String, String),
}

impl Service {
    pub fn new(config: Config) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let mock = runtime.block_on(async { Mock::new(config) }).expect("a mock");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let address =
            runtime.block_on(mock.listen_tcp("device", any, Tls::On)).expect("a free port");
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("ca.pem"), mock.ca_pem()).expect("written");
        let issued = runtime.block_on(async {
            mock.issue_credentials(Some(std::time::Duration::from_secs(3_600)))
        });
        let keys =
            (issued.access_key_id, issued.secret_key, issued.session_token.unwrap_or_default());
        Self { runtime, mock, address, dir, keys }
    }

    /// The environment that the SDK's samples read.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let (key, secret, token) = &self.keys;
        command
            .current_dir(self.dir.path())
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_SESSION_TOKEN", token)
            .env("AWS_DEFAULT_REGION", "us-west-2")
            .env("AWS_KVS_CACERT_PATH", self.dir.path().join("ca.pem"))
            .env("CONTROL_PLANE_URI", format!("https://{}", self.address));
        command
    }

    /// The keys as a file for `createFileCredentialProvider`.
    pub fn keys_file(&self) -> PathBuf {
        let (key, secret, token) = &self.keys;
        let path = self.dir.path().join("credentials");
        let text = format!("CREDENTIALS {key} 2030-01-01T00:00:00Z {secret} {token}");
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Changes the service, as the admin API does.
    pub fn change(&self, change: serde_json::Value) {
        let change = serde_json::from_value(change).expect("a change");
        self.runtime.block_on(async { self.mock.change(&change) }).expect("it fits");
    }

    /// Puts a fault in force.
    pub fn fault(&self, fault: serde_json::Value) {
        let fault = serde_json::from_value(fault).expect("a fault");
        self.runtime.block_on(async { self.mock.arm(fault) }).expect("it fits");
    }

    /// Takes every fault out of force.
    pub fn heal(&self) {
        self.runtime.block_on(async { self.mock.heal_all() });
    }

    /// Answers of that status to that call.
    pub fn answers(&self, api: &str, status: u16) -> u64 {
        let counts = self.mock.journal().counts();
        let found = counts.responses.iter().find(|((of, code), _)| *of == api && *code == status);
        found.map_or(0, |(_, times)| *times)
    }
}
