//! One device at AWS IoT's credentials provider: its files, its names, its call.

use std::time::Duration;

use kvs_signaling::UnixTime;
use kvs_signaling::call::iot_credentials;
use kvs_signaling::event::CertificateTime;
use kvs_signaling::wire::http1::{Progress, ResponseReader};
use kvs_signaling::wire::url;

use super::answer::Answer;
use crate::abi::{PER_MS, Status, Time, status};
use crate::ask::Ask;
use crate::client::BUILD_UNIX_MS;
use crate::platform;
use crate::provider::credentials::Owned;

/// What the SDK's providers send.
const USER_AGENT: &str = "AWS-SDK-KVS";
/// A token of 2 KB, the keys, and a head.
const RESPONSE_MAX: usize = 16 * 1024;
/// Head of the request and its names.
const REQUEST_MAX: usize = 2 * 1024;
/// Credentials are given up this much of their life early, in percent, at random between the two: a
/// fleet that woke together does not come back together (spec §9.3).
const EARLY_PERCENT: (u64, u64) = (1, 20);

/// Which of the SDK's transports is asked for: they name their failures in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavour {
    Lws,
    Curl,
}

/// Everything a call needs.
pub(super) struct Device {
    pub(super) flavour: Flavour,
    pub(super) endpoint: String,
    pub(super) certificate_path: String,
    pub(super) key_path: String,
    pub(super) ca_path: String,
    pub(super) role_alias: String,
    pub(super) thing_name: String,
    /// For the connection, and for all of the call.
    pub(super) connect: Duration,
    pub(super) whole: Duration,
}

/// Credentials, and until when they need not be renewed by this device's clock.
pub(super) struct Fetched {
    pub(super) credentials: Owned,
    pub(super) until: Time,
}

impl Device {
    /// Calls the service. The files are read each time: a certificate may be replaced while the
    /// program runs.
    pub(super) fn fetch(&self, now: Time) -> Result<Fetched, Status> {
        let (host, port) = url::parse_authority(&self.endpoint).ok_or(status::INVALID_ARG)?;
        let mut request = [0; REQUEST_MAX];
        let written = iot_credentials::write(
            &mut request,
            &self.endpoint,
            &self.role_alias,
            &self.thing_name,
            USER_AGENT,
        );
        let len = written.map_err(|_| status::IOT_INVALID_URI_LEN)?;
        let unreadable = self.flavour.unreadable();
        let file = |path: &str| std::fs::read(path).map_err(|_| unreadable);
        let trusted = platform::trusted(&file(&self.ca_path)?).ok_or(unreadable)?;
        let (certificate, key) = (file(&self.certificate_path)?, file(&self.key_path)?);
        let shown = platform::shown(&certificate, &key).ok_or(unreadable)?;
        let ask = Ask {
            host: host.to_owned(),
            port,
            time: certificate_time(now),
            trusted,
            shown,
            request: request.get(..len).unwrap_or_default().to_vec(),
            connect: self.connect,
            whole: self.whole,
        };
        let mut heard = Heard::exchange(ask).ok_or(self.flavour.unanswered())?;
        let date = heard.reader.response(&heard.storage).and_then(|response| response.date());
        let answer = Answer::parse(heard.reader.body_mut(&mut heard.storage))?;
        timed(&answer, now, date.map(|date| date.0 * PER_MS), random())
    }
}

/// A response on its way.
struct Heard {
    reader: ResponseReader,
    storage: Vec<u8>,
    broken: bool,
}

impl Heard {
    /// Sends, and hears one whole response.
    fn exchange(ask: Ask) -> Option<Self> {
        let (reader, storage) = (ResponseReader::new(), vec![0; RESPONSE_MAX]);
        let mut heard =
            platform::ask(ask, Self { reader, storage, broken: false }, Self::take).ok()?;
        // A body without a length ends with the connection.
        let whole = !heard.broken && heard.reader.end().is_ok();
        let truncated = heard.reader.response(&heard.storage).is_none_or(|all| all.truncated);
        (whole && !truncated).then_some(heard)
    }

    /// Whether more is to come.
    fn take(&mut self, bytes: &[u8]) -> bool {
        match self.reader.feed(&mut self.storage, bytes) {
            Ok((progress, _)) => progress == Progress::Partial,
            Err(_) => {
                self.broken = true;
                false
            }
        }
    }
}

/// What is told, and what is kept, of the time that credentials have.
///
/// They end at a moment of the service's clock, and the service says what time it has: a device whose
/// clock is wrong renews in time all the same.
fn timed(
    answer: &Answer,
    now: Time,
    service: Option<Time>,
    random: u64,
) -> Result<Fetched, Status> {
    let left = answer.expires.checked_sub(service.unwrap_or(now)).filter(|left| *left > 0);
    let left = left.ok_or(status::IOT_EXPIRATION_OCCURS_IN_PAST)?;
    let (least, most) = EARLY_PERCENT;
    let early = left / 100 * (least + random % (most - least + 1));
    let until = now.saturating_add(left - early);
    // By a clock that runs ahead they may have ended already; whoever looks at them has that clock.
    let told = if answer.expires > now { answer.expires - early } else { until };
    Ok(Fetched { credentials: answer.owned(told)?, until })
}

fn certificate_time(now: Time) -> CertificateTime {
    let unix_ms = now / PER_MS;
    if unix_ms < BUILD_UNIX_MS {
        return CertificateTime::Unknown;
    }
    CertificateTime::At(UnixTime(unix_ms))
}

fn random() -> u64 {
    let mut random = [0; 8];
    platform::fill(&mut random);
    u64::from_le_bytes(random)
}

impl Flavour {
    /// A file that is not there, or not what it should be.
    const fn unreadable(self) -> Status {
        match self {
            Self::Lws => status::IOT_CREATE_LWS_CONTEXT_FAILED,
            Self::Curl => status::CURL_PERFORM_FAILED,
        }
    }

    /// No connection, or no whole answer over it.
    const fn unanswered(self) -> Status {
        match self {
            Self::Lws => status::IOT_INVALID_RESPONSE_LENGTH,
            Self::Curl => status::CURL_PERFORM_FAILED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::PER_S;

    const NOON: Time = 1_790_000_000 * PER_S;

    fn of(expires: Time, now: Time, service: Option<Time>) -> Result<(Time, Time), Status> {
        let mut body = br#"{"credentials":{"accessKeyId":"A","secretAccessKey":"s",
            "sessionToken":"t","expiration":"2026-01-01T00:00:00Z"}}"#
            .to_vec();
        let mut answer = Answer::parse(&mut body)?;
        answer.expires = expires;
        let fetched = timed(&answer, now, service, 9)?;
        // SAFETY: owned by `fetched`, which still is.
        let told = unsafe { (*fetched.credentials.as_ptr()).expiration };
        Ok((told, fetched.until))
    }

    #[test]
    fn a_part_of_their_life_is_left_unused() {
        let hour = 3_600 * PER_S;
        // The tenth of twenty steps: ten percent.
        assert_eq!(
            of(NOON + hour, NOON, Some(NOON)),
            Ok((NOON + hour * 9 / 10, NOON + hour * 9 / 10))
        );
        assert_eq!(of(NOON, NOON, Some(NOON)), Err(0x1500_0017));
        assert_eq!(of(NOON - 1, NOON, None), Err(0x1500_0017));
    }

    #[test]
    fn a_wrong_clock_changes_neither_their_life_nor_their_end() {
        let hour = 3_600 * PER_S;
        let (told, until) = of(NOON + hour, 0, Some(NOON)).expect("behind");
        assert_eq!((told, until), (NOON + hour * 9 / 10, hour * 9 / 10));
        let ahead = NOON + 5 * hour;
        let (told, until) = of(NOON + hour, ahead, Some(NOON)).expect("ahead");
        assert_eq!((told, until), (ahead + hour * 9 / 10, ahead + hour * 9 / 10));
    }
}
