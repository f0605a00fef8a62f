//! Any other client as a black box: a command, told in its environment where the service is.
//!
//! Nothing is known of the client but what the service sees of it. Its output is log text. It runs
//! in a process group of its own, which is asked to leave (SIGTERM) when the run ends and killed when
//! it does not.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use mock_kvs::IssuedCredentials;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::process::Command;

use super::platform::{Group, own_group};
use super::process::{Exit, watch};
use super::{Board, BoardError, Device, Ear, Image, Output, Reach, Spec, netns};
use crate::cli::EXEC;
use crate::scenario::model::Role;

/// What a shell says when it cannot run the command at all: not executable, not found.
const SHELL_FAILED: [i32; 2] = [126, 127];
/// Variables that would send a client elsewhere than to this run's service, or as somebody else.
const REMOVED: [&str; 12] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
];

/// The board `exec:COMMAND`.
pub struct Exec {
    spec: Spec,
}

impl Exec {
    /// The board whose name carries the command.
    pub fn new(spec: Spec, own_network: bool) -> Self {
        let mut meets = spec.meets;
        if own_network {
            // There it has no other name service than ours.
            meets.insert("dns".to_owned());
        }
        Self { spec: Spec { own_network, meets, ..spec } }
    }

    fn command(&self) -> &str {
        self.spec.name.strip_prefix(EXEC).unwrap_or(&self.spec.name)
    }
}

/// Everything a client is told at its start.
#[derive(Clone)]
pub struct Environment {
    /// The control plane's address, as a URL.
    pub endpoint: String,
    /// The authority that signed the service's certificates, PEM.
    pub ca_pem: String,
    /// The signaling channel's name.
    pub channel: String,
    /// Its ARN; none where the client is to create the channel.
    pub channel_arn: Option<String>,
    /// The side of the channel.
    pub role: Role,
    /// The AWS region.
    pub region: String,
    /// A viewer's client id.
    pub client_id: Option<String>,
    /// What it signs with.
    pub keys: IssuedCredentials,
    /// Where it gets new ones.
    pub keys_url: String,
}

impl Environment {
    /// The variables, for a client whose CA file is at `ca_file`.
    fn variables(&self, ca_file: &Path) -> Vec<(&'static str, OsString)> {
        let ca = || ca_file.as_os_str().to_owned();
        let mut all: Vec<(&'static str, OsString)> = vec![
            ("KVS_ENDPOINT", self.endpoint.clone().into()),
            ("KVS_CA_FILE", ca()),
            ("KVS_CHANNEL_NAME", self.channel.clone().into()),
            ("KVS_ROLE", self.role.word().into()),
            ("AWS_REGION", self.region.clone().into()),
            ("AWS_DEFAULT_REGION", self.region.clone().into()),
            ("AWS_ACCESS_KEY_ID", self.keys.access_key_id.clone().into()),
            ("AWS_SECRET_ACCESS_KEY", self.keys.secret_key.clone().into()),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", self.keys_url.clone().into()),
            // AWS's SDKs and command line take their endpoints from these.
            ("AWS_ENDPOINT_URL_KINESIS_VIDEO", self.endpoint.clone().into()),
            ("AWS_ENDPOINT_URL_KINESIS_VIDEO_SIGNALING", self.endpoint.clone().into()),
            ("AWS_ENDPOINT_URL_KINESIS_VIDEO_WEBRTC_STORAGE", self.endpoint.clone().into()),
            // There is nothing else to ask for keys on this machine.
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            // Whom to trust: AWS's SDKs, the C SDK's samples, Node, what is built on OpenSSL.
            ("AWS_CA_BUNDLE", ca()),
            ("AWS_KVS_CACERT_PATH", ca()),
            ("NODE_EXTRA_CA_CERTS", ca()),
            ("SSL_CERT_FILE", ca()),
        ];
        let arn = self.channel_arn.as_ref().map(|arn| ("KVS_CHANNEL_ARN", arn.into()));
        let client_id = self.client_id.as_ref().map(|id| ("KVS_CLIENT_ID", id.into()));
        let token = self.keys.session_token.as_ref().map(|t| ("AWS_SESSION_TOKEN", t.into()));
        all.extend([arn, client_id, token].into_iter().flatten());
        all
    }
}

impl Board for Exec {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn enter(&self) -> Result<(), BoardError> {
        if self.spec.own_network { netns::enter() } else { Ok(()) }
    }

    fn prepare(&mut self) -> Result<Image, BoardError> {
        if self.spec.own_network {
            netns::possible()?;
        }
        // What the command runs is its own affair: only the command itself is known.
        let digest = Sha256::digest(self.command());
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Image { path: None, sha256 })
    }

    fn start(&self, reach: Reach, _seed: u64, ear: Ear) -> Result<Box<dyn Device>, BoardError> {
        let Reach::Environment(environment) = reach else {
            return Err(BoardError("a client of its own is told where to go at its start".into()));
        };
        let no_file = |error: io::Error| BoardError(format!("cannot write its files: {error}"));
        let (folder, ca_file) = ca_file(&environment.ca_pem).map_err(no_file)?;
        let words = if self.spec.own_network {
            netns::wrapped(self.command(), folder.path()).map_err(no_file)?
        } else {
            vec!["sh".into(), "-c".into(), self.command().into()]
        };
        let mut words = words.into_iter();
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in REMOVED {
            command.env_remove(name);
        }
        for name in ["AWS_SESSION_TOKEN", "KVS_CHANNEL_ARN", "KVS_CLIENT_ID"] {
            command.env_remove(name);
        }
        command.envs(environment.variables(&ca_file));
        command.kill_on_drop(true);
        own_group(&mut command);
        let mut child = command
            .spawn()
            .map_err(|error| BoardError(format!("cannot start `{}`: {error}", self.command())))?;
        let group = Group::new(child.id());
        let missing = || BoardError("the client's process has no pipes".into());
        let stdout = child.stdout.take().ok_or_else(missing)?;
        let stderr = child.stderr.take().ok_or_else(missing)?;
        let (stopped, over) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let exit = watch(child, (stdout, Output::Log), stderr, &ear).await;
            ear.hear(ended(&exit));
            // Nobody waits any more when the run was cut short.
            let _ = stopped.send(());
        });
        Ok(Box::new(Client { over, group, _folder: folder }))
    }
}

fn ended(exit: &Exit) -> Output {
    if exit.code().is_some_and(|code| SHELL_FAILED.contains(&code)) {
        return Output::Unstarted(format!("the shell could not run it ({})", exit.text()));
    }
    Output::Ended(exit.text())
}

/// A folder of the run's own with the authority's certificate in it.
fn ca_file(pem: &str) -> io::Result<(TempDir, PathBuf)> {
    let folder = tempfile::Builder::new().prefix("scenario-").tempdir()?;
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, pem)?;
    Ok((folder, path))
}

struct Client {
    over: tokio::sync::oneshot::Receiver<()>,
    group: Group,
    _folder: TempDir,
}

impl Device for Client {
    fn write(&mut self, _line: &str) -> Result<(), BoardError> {
        Err(BoardError("a client of its own takes no commands".into()))
    }

    fn stop(self: Box<Self>, limit: Duration) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            self.group.ask_to_leave();
            // Who has not left by then is killed when the group is dropped.
            let _ = tokio::time::timeout(limit, self.over).await;
        })
    }
}
