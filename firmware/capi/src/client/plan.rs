//! What a client was created with, checked and copied (spec §4.3).

mod agent;
mod endpoint;
mod tags;

use core::ffi::c_char;

use kvs_device::{Settings, Text};
use kvs_signaling::Policy;
use kvs_signaling::wire::arn;

use super::retry::RetryPlan;
use crate::abi::status::signaling as code;
use crate::abi::structs::{ChannelInfo, ClientInfo};
use crate::abi::{PER_S, Status, cache_policy, limits, role, status};
use crate::platform::{self, Trusted};
use crate::text::{self, BadText};

/// The SDK's default caching period.
const CACHING_PERIOD_S: u64 = 36_000;
/// Log levels up to this one show what the pump does (DEBUG).
const VERBOSE: u32 = 2;

/// Everything that a client needs to know for its life.
pub(super) struct Plan {
    pub(super) settings: Box<Settings>,
    /// Of a channel that is created: keys and values.
    pub(super) tags: Vec<(String, String)>,
    pub(super) trusted: Trusted,
    pub(super) retry: RetryPlan,
    /// FALSE: one failure of a step ends a call; else two in a row do.
    pub(super) retry_steps: bool,
    pub(super) cache: CachePlan,
    pub(super) verbose: bool,
}

/// What survives a fetch, and what a restart.
pub(super) struct CachePlan {
    /// Describe and GetEndpoint answers are good for the caching period.
    pub(super) keeps: bool,
    /// DescribeMediaStorageConfiguration's too.
    pub(super) keeps_storage: bool,
    /// And over a restart, in this file.
    pub(super) file: Option<String>,
    pub(super) channel: String,
}

/// What C gave, before it is looked at.
pub(crate) struct Given<'a> {
    /// The client.
    pub(crate) client: &'a ClientInfo,
    /// The channel.
    pub(crate) channel: &'a ChannelInfo,
}

impl Plan {
    /// # Safety
    /// Every text of both structs is NULL or NUL-terminated, and there are as many tags as said.
    pub(super) unsafe fn of(given: &Given<'_>) -> Result<Self, Status> {
        let (client, channel) = (given.client, given.channel);
        if client.version > 2 {
            return Err(code::INVALID_CLIENT_INFO_VERSION);
        }
        if channel.version > 1 {
            return Err(code::INVALID_CHANNEL_INFO_VERSION);
        }
        // SAFETY: as the caller says.
        let texts = unsafe { Texts::read(channel) }?;
        // SAFETY: as the caller says.
        let tags = unsafe { tags::read(channel) }?;
        let mut settings = settings(client, channel, &texts)?;
        let name = match (&texts.name, &texts.arn) {
            (Some(name), _) => name.clone(),
            (None, Some(given)) => {
                arn::parse(given).ok_or(code::INVALID_CHANNEL_ARN)?.name.to_owned()
            }
            (None, None) => return Err(status::NULL_ARG),
        };
        settings.channel = fit(&name, code::INVALID_CHANNEL_NAME_LENGTH)?;
        let trusted = trusted(texts.certificates.as_deref())?;
        // SAFETY: as the caller says.
        let cache = unsafe { cache(client, channel, name) }?;
        settings.policy = policy(channel);
        Ok(Self {
            settings,
            tags,
            trusted,
            retry: RetryPlan::of(client),
            retry_steps: channel.retry != 0,
            cache,
            verbose: log_level(client.logging_level) <= VERBOSE,
        })
    }
}

/// `AWS_KVS_LOG_LEVEL` stands above what the program says; 0 is no level, and means the usual.
fn log_level(given: u32) -> u32 {
    let named = std::env::var("AWS_KVS_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    match named.unwrap_or(given) {
        0 => u32::MAX,
        level => level,
    }
}

struct Texts {
    name: Option<String>,
    arn: Option<String>,
    region: Option<String>,
    control_plane: Option<String>,
    certificates: Option<String>,
    postfix: Option<String>,
    custom: Option<String>,
}

impl Texts {
    /// # Safety
    /// As [`Plan::of`].
    unsafe fn read(channel: &ChannelInfo) -> Result<Self, Status> {
        let text = |at: *mut c_char, max, too_long| {
            // SAFETY: as the caller says.
            unsafe { text::read(at, max) }.map_err(|bad| match bad {
                BadText::TooLong => too_long,
                BadText::NotText => status::INVALID_ARG,
            })
        };
        let agent = code::INVALID_AGENT_POSTFIX_LENGTH;
        let (name, given) = (channel.channel_name, channel.channel_arn);
        text(channel.storage_stream_arn, limits::ARN, code::INVALID_CHANNEL_ARN_LENGTH)?;
        text(channel.kms_key_id, limits::KMS_KEY, code::INVALID_KMS_KEY_LENGTH)?;
        Ok(Self {
            name: text(name, limits::CHANNEL_NAME, code::INVALID_CHANNEL_NAME_LENGTH)?,
            arn: text(given, limits::ARN, code::INVALID_CHANNEL_ARN_LENGTH)?,
            region: text(channel.region, limits::REGION, code::INVALID_REGION_LENGTH)?,
            control_plane: text(channel.control_plane_url, limits::URI, code::INVALID_CPL_LENGTH)?,
            certificates: text(
                channel.cert_path,
                limits::PATH,
                code::INVALID_CERTIFICATE_PATH_LENGTH,
            )?,
            postfix: text(channel.user_agent_postfix, limits::USER_AGENT_POSTFIX, agent)?,
            custom: text(
                channel.custom_user_agent,
                limits::USER_AGENT_CUSTOM,
                code::INVALID_AGENT_LENGTH,
            )?,
        })
    }
}

fn settings(
    client: &ClientInfo,
    channel: &ChannelInfo,
    texts: &Texts,
) -> Result<Box<Settings>, Status> {
    let mut settings = super::boxed(&Settings::DEFAULT);
    let client_id = text::field(&client.client_id).map_err(|_| status::INVALID_ARG)?;
    settings.viewer = match channel.channel_role_type {
        role::MASTER => false,
        role::VIEWER => true,
        _ => return Err(status::INVALID_ARG),
    };
    settings.create = !settings.viewer;
    settings.media_storage = channel.use_media_storage != 0;
    settings.client_id = fit(&client_id, code::INVALID_CLIENT_INFO_CLIENT_LENGTH)?;
    settings.arn = fit(texts.arn.as_deref().unwrap_or(""), code::INVALID_CHANNEL_ARN_LENGTH)?;
    let region = texts.region.as_deref().filter(|region| !region.is_empty());
    settings.region = fit(region.unwrap_or("us-west-2"), code::INVALID_REGION_LENGTH)?;
    let given = texts.control_plane.as_deref().filter(|given| !given.is_empty());
    settings.control_plane = match given {
        Some(given) => endpoint::given(given)?,
        None => endpoint::of_region(settings.region.as_str(), endpoint::Kind::of_environment())?,
    };
    let (postfix, custom) = (texts.postfix.as_deref(), texts.custom.as_deref());
    settings.user_agent = fit(&agent::text(postfix, custom), code::INVALID_AGENT_LENGTH)?;
    settings.message_ttl_s = message_ttl(channel)?;
    Ok(settings)
}

fn fit<const N: usize>(text: &str, too_long: Status) -> Result<Text<N>, Status> {
    Text::of(text).map_err(|_| too_long)
}

fn message_ttl(channel: &ChannelInfo) -> Result<u16, Status> {
    let seconds = match channel.message_ttl {
        0 => return Ok(60),
        ttl => ttl / PER_S,
    };
    let legal = (5 * PER_S..=120 * PER_S).contains(&channel.message_ttl);
    u16::try_from(seconds).ok().filter(|_| legal).ok_or(code::INVALID_MESSAGE_TTL_VALUE)
}

fn trusted(path: Option<&str>) -> Result<Trusted, Status> {
    let path = match path {
        Some(path) => path,
        // What the image was built with, where there is such a thing.
        None => return platform::built_in().ok_or(status::NULL_ARG),
    };
    let pem = std::fs::read(path).map_err(|_| code::INVALID_CERTIFICATE_PATH_LENGTH)?;
    platform::trusted(&pem).ok_or(code::INVALID_CERTIFICATE_PATH_LENGTH)
}

/// # Safety
/// As [`Plan::of`].
unsafe fn cache(
    client: &ClientInfo,
    channel: &ChannelInfo,
    name: String,
) -> Result<CachePlan, Status> {
    let policy = if channel.version == 0 { cache_policy::NONE } else { channel.caching_policy };
    let (keeps, keeps_storage, in_file) = match policy {
        cache_policy::NONE => (false, false, false),
        cache_policy::DESCRIBE_GETENDPOINT => (true, true, false),
        cache_policy::FILE => (true, true, true),
        cache_policy::FILE_EXCEPT_DESCRIBE_MEDIA => (true, false, true),
        _ => return Err(status::INVALID_ARG),
    };
    let given = match client.version {
        0 => None,
        // SAFETY: as the caller says.
        _ => unsafe { text::read(client.cache_file_path, limits::PATH) }
            .map_err(|_| code::INVALID_CLIENT_INFO_CACHE_FILE_PATH_LEN)?,
    };
    let path = given.filter(|path| !path.is_empty()).unwrap_or_else(platform::cache_path);
    Ok(CachePlan { keeps, keeps_storage, file: in_file.then_some(path), channel: name })
}

fn policy(channel: &ChannelInfo) -> Policy {
    let seconds = match channel.caching_period / PER_S {
        0 => CACHING_PERIOD_S,
        seconds => seconds,
    };
    Policy {
        cache_period_s: u32::try_from(seconds).unwrap_or(u32::MAX),
        // Viewers of old SDK versions take theirs from there.
        ice_servers_in_offers: true,
        ..Policy::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_is_the_sdk_s_where_the_program_says_nothing() {
        // SAFETY: numbers and NULLs, of which all zeros are valid ones.
        let mut channel: ChannelInfo = unsafe { core::mem::zeroed() };
        assert_eq!(policy(&channel).cache_period_s, 36_000);
        assert!(policy(&channel).ice_servers_in_offers);
        channel.caching_period = 90 * PER_S;
        assert_eq!(policy(&channel).cache_period_s, 90);
        assert_eq!(message_ttl(&channel), Ok(60));
        for (ttl, expected) in [(5, Ok(5)), (120, Ok(120))] {
            channel.message_ttl = ttl * PER_S;
            assert_eq!(message_ttl(&channel), expected);
        }
        for ttl in [1, 5 * PER_S - 1, 120 * PER_S + 1] {
            channel.message_ttl = ttl;
            assert_eq!(message_ttl(&channel), Err(0x5d00_002e));
        }
    }
}
