//! The same mock in memory, under a paused clock: a day passes in no time.

use std::time::{Duration, UNIX_EPOCH};

use mock_kvs::{Config, IssuedCredentials, MemoryStream, Mock};

use super::socket::{Refused, Socket, presigned, upgrade};
use super::{Answer, HOST, read_answer, signed_post};

/// 2026-01-01T00:00:00Z.
pub const START_MS: u64 = 1_767_225_600_000;

pub struct Sim {
    pub mock: Mock,
    pub arn: String,
    pub keys: IssuedCredentials,
}

impl Sim {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        let config = Config { wall_start: Some(START_MS), ..config };
        let mock = Mock::new(config).expect("certificates");
        let arn = mock.create_channel("front-door", None).expect("a channel").arn;
        let keys = mock.issue_credentials(None);
        Self { mock, arn, keys }
    }

    pub async fn connect(
        &self,
        actor: &str,
        id: Option<&str>,
    ) -> Result<Socket<MemoryStream>, Refused> {
        let at = UNIX_EPOCH + Duration::from_millis(self.mock.wall_ms());
        let url = presigned(&self.keys, at, &self.arn, id, 299);
        let stream = self.mock.connect_memory(actor).await.expect("connected");
        upgrade(stream, &url).await
    }

    pub async fn master(&self) -> Socket<MemoryStream> {
        self.connect("device", None).await.expect("a master")
    }

    pub async fn viewer(&self, id: &str) -> Socket<MemoryStream> {
        self.connect("viewer", Some(id)).await.expect("a viewer")
    }

    pub async fn call(&self, path: &str, body: &str) -> std::io::Result<Answer> {
        use tokio::io::AsyncWriteExt as _;
        let at = UNIX_EPOCH + Duration::from_millis(self.mock.wall_ms());
        let request = signed_post(&self.keys, at, HOST, path, body);
        let mut stream = self.mock.connect_memory("device").await?;
        stream.write_all(request.as_bytes()).await?;
        read_answer(&mut stream).await
    }

    /// The reasons for which messages were dropped, in order.
    pub fn dropped(&self) -> Vec<&'static str> {
        let records = self.mock.journal().since(0);
        let why = records.iter().filter_map(|record| {
            if let mock_kvs::Event::Dropped { why, .. } = &record.event { Some(*why) } else { None }
        });
        why.collect()
    }
}
