//! The control plane: CreateSignalingChannel and its family (spec §1.3).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::channel::Channel;
use super::error::{ErrorType, ServiceError};
use super::quota::Quota;
use super::tags::tagged;
use super::{ChannelInfo, Effect, Ending, Service, Tags, shape};
use crate::change::{ChannelStatus, Role};
use crate::clock::Now;
use crate::config::Quotas;
use crate::partition::Partition;
use crate::random::{HEX, UPPER};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// CreateSignalingChannel's input, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct CreateChannel {
    /// ChannelName.
    pub name: String,
    /// ChannelType.
    pub kind: Option<String>,
    /// MessageTtlSeconds.
    pub message_ttl_s: Option<i64>,
    /// Tags.
    pub tags: Vec<(String, String)>,
}

/// ListSignalingChannels' input.
#[derive(Clone, Debug, Default)]
pub struct ListChannels {
    /// MaxResults.
    pub max_results: Option<i64>,
    /// NextToken.
    pub next_token: Option<String>,
    /// ChannelNameCondition's ComparisonValue.
    pub begins_with: Option<String>,
}

/// ListSignalingChannels' output.
#[derive(Clone, Debug)]
pub struct Listed {
    /// In the order of the names.
    pub channels: Vec<ChannelInfo>,
    /// Present when there is more.
    pub next_token: Option<String>,
}

/// UpdateSignalingChannel's input.
#[derive(Clone, Debug, Default)]
pub struct UpdateChannel {
    /// ChannelARN.
    pub arn: String,
    /// CurrentVersion.
    pub version: String,
    /// MessageTtlSeconds.
    pub message_ttl_s: Option<i64>,
}

impl Service {
    /// CreateSignalingChannel; the ARN.
    ///
    /// # Errors
    /// A name, type or TTL outside the model, a name in use, too many tags.
    pub fn create(&mut self, now: Now, input: &CreateChannel) -> Result<String, ServiceError> {
        shape::require_name(&input.name, "channelName")?;
        let kind = match input.kind.as_deref() {
            None | Some("SINGLE_MASTER") => "SINGLE_MASTER",
            Some("FULL_MESH") => "FULL_MESH",
            Some(other) => {
                let values = "Member must satisfy enum value set: [SINGLE_MASTER, FULL_MESH]";
                return Err(shape::violates(other, "channelType", values));
            }
        };
        let message_ttl = message_ttl(input.message_ttl_s)?.unwrap_or(self.settings.message_ttl);
        let tags = tagged(Tags::new(), &input.tags)?;
        if self.names.contains_key(&input.name) {
            let text = format!("Channel {} already exists.", input.name);
            return Err(ServiceError::new(ErrorType::ResourceInUse, text));
        }
        let created_unix_ms = now.wall_ms.max(self.created_ms.saturating_add(1));
        self.created_ms = created_unix_ms;
        let arn = self.arn(&input.name, created_unix_ms);
        let creating = self.settings.policies.creating;
        let (status, status_until_us) = if creating.is_zero() {
            (ChannelStatus::Active, None)
        } else {
            (ChannelStatus::Creating, Some(now.plus(creating)))
        };
        let channel = Channel {
            name: input.name.clone(),
            arn: arn.clone(),
            kind,
            status,
            status_until_us,
            created_unix_ms,
            message_ttl,
            version: self.random.text(20, UPPER),
            endpoint_id: self.random.text(8, HEX),
            tags,
            stream_arn: None,
            joined: BTreeSet::new(),
            master: None,
            viewers: BTreeMap::new(),
            waiting: BTreeMap::new(),
        };
        self.tick_at(status_until_us);
        self.names.insert(input.name.clone(), arn.clone());
        self.channels.insert(arn.clone(), channel);
        self.channel_changed("created", None);
        Ok(arn)
    }

    /// DescribeSignalingChannel, by name or ARN.
    ///
    /// # Errors
    /// Neither given, either malformed, or no such channel.
    pub fn describe(
        &self,
        name: Option<&str>,
        arn: Option<&str>,
    ) -> Result<ChannelInfo, ServiceError> {
        self.find(name, arn).map(ChannelInfo::of)
    }

    /// A channel by name or ARN; the ARN decides when both are given.
    pub(super) fn find(
        &self,
        name: Option<&str>,
        arn: Option<&str>,
    ) -> Result<&Channel, ServiceError> {
        name.map_or(Ok(()), |name| shape::require_name(name, "channelName"))?;
        arn.map_or(Ok(()), shape::require_arn)?;
        let channel = match (name, arn) {
            (_, Some(arn)) => self.channels.get(arn),
            (Some(name), None) => self.names.get(name).and_then(|arn| self.channels.get(arn)),
            (None, None) => {
                let text = "Either channelName or channelARN must be specified.";
                return Err(ServiceError::new(ErrorType::InvalidArgument, text));
            }
        };
        channel.ok_or_else(ServiceError::channel_not_found)
    }

    /// ListSignalingChannels, in the order of the names.
    ///
    /// # Errors
    /// A limit, token or prefix outside the model.
    pub fn list(&self, input: &ListChannels) -> Result<Listed, ServiceError> {
        let limit = input.max_results.unwrap_or(*shape::MAX_RESULTS.end());
        shape::require_within(limit, &shape::MAX_RESULTS, "maxResults")?;
        if let Some(prefix) = &input.begins_with {
            shape::require_name(prefix, "channelNameCondition.comparisonValue")?;
        }
        let after = input.next_token.as_deref().map(page_start).transpose()?.flatten();
        let prefix = input.begins_with.as_deref().unwrap_or("");
        let mut matching = self
            .names
            .iter()
            .filter(|(name, _)| name.starts_with(prefix))
            .filter(|(name, _)| after.as_ref().is_none_or(|after| *name > after))
            .filter_map(|(_, arn)| self.channels.get(arn));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let channels: Vec<_> = matching.by_ref().take(limit).map(ChannelInfo::of).collect();
        let next_token = match (matching.next(), channels.last()) {
            (Some(_), Some(last)) => Some(STANDARD.encode(&last.channel_name)),
            (None, _) | (_, None) => None,
        };
        Ok(Listed { channels, next_token })
    }

    /// UpdateSignalingChannel.
    ///
    /// # Errors
    /// Malformed members, no such channel, another version.
    pub fn update(&mut self, input: &UpdateChannel) -> Result<(), ServiceError> {
        shape::require_arn(&input.arn)?;
        shape::require_version(&input.version)?;
        let message_ttl = message_ttl(input.message_ttl_s)?;
        let version = self.random.text(20, UPPER);
        let channel =
            self.channels.get_mut(&input.arn).ok_or_else(ServiceError::channel_not_found)?;
        in_use(channel)?;
        same_version(channel, &input.version)?;
        if let Some(message_ttl) = message_ttl {
            channel.message_ttl = message_ttl;
        }
        channel.version = version;
        self.channel_changed("updated", None);
        Ok(())
    }

    /// DeleteSignalingChannel. An empty version counts as none: AWS's C SDK sends one.
    ///
    /// # Errors
    /// Malformed members, no such channel, another version.
    pub fn delete(
        &mut self,
        now: Now,
        arn: &str,
        version: Option<&str>,
    ) -> Result<(), ServiceError> {
        shape::require_arn(arn)?;
        let channel = self.channels.get_mut(arn).ok_or_else(ServiceError::channel_not_found)?;
        if let Some(version) = version.filter(|version| !version.is_empty()) {
            shape::require_version(version)?;
            same_version(channel, version)?;
        }
        if channel.status == ChannelStatus::Deleting {
            return in_use(channel);
        }
        channel.status = ChannelStatus::Deleting;
        let until = now.plus(self.settings.policies.deleting);
        channel.status_until_us = Some(until);
        let cut: Vec<_> = channel.connections().collect();
        let ending = Ending::Close { code: 1001, reason: "Going away".into() };
        self.effects.extend(cut.into_iter().map(|conn| Effect::End(conn, ending.clone())));
        self.channel_changed("deleting", None);
        self.tick_at(Some(until));
        self.tick(now);
        Ok(())
    }

    /// GetSignalingChannelEndpoint: the random part of the endpoints' names.
    ///
    /// # Errors
    /// A malformed ARN, no such channel, or one that is not ACTIVE.
    pub fn endpoint_id(&self, arn: &str) -> Result<&str, ServiceError> {
        shape::require_arn(arn)?;
        let channel = self.channels.get(arn).ok_or_else(ServiceError::channel_not_found)?;
        in_use(channel)?;
        Ok(&channel.endpoint_id)
    }

    /// Counts a call against its quotas.
    ///
    /// # Errors
    /// ClientLimitExceededException when one is used up.
    pub fn admit(
        &mut self,
        now: Now,
        quota: Quota,
        channel: Option<&str>,
    ) -> Result<(), ServiceError> {
        let enforced = match quota {
            Quota::ConnectAsMaster | Quota::ConnectAsViewer => self.settings.quotas.connects,
            Quota::Create
            | Quota::Describe
            | Quota::List
            | Quota::Update
            | Quota::Delete
            | Quota::Endpoint
            | Quota::IceConfig
            | Quota::Tag
            | Quota::Untag
            | Quota::ListTags
            | Quota::DescribeStorage
            | Quota::UpdateStorage
            | Quota::AlexaOffer => self.settings.quotas.calls,
        };
        if !enforced || self.buckets.admit(quota, channel, now.us) {
            return Ok(());
        }
        Err(ServiceError::rate_exceeded())
    }

    /// The ARN of a channel by its name.
    pub fn arn_of(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }

    /// Every channel's ARN.
    pub fn arns(&self) -> Vec<String> {
        self.channels.keys().cloned().collect()
    }

    /// Shows another status from now on.
    pub fn set_status(&mut self, arn: &str, status: ChannelStatus) {
        if let Some(channel) = self.channels.get_mut(arn) {
            channel.status = status;
            channel.status_until_us = None;
            self.channel_changed("updated", None);
        }
    }

    /// Gives a channel's endpoints other names.
    pub fn move_endpoints(&mut self, arn: &str) {
        let endpoint_id = self.random.text(8, HEX);
        if let Some(channel) = self.channels.get_mut(arn) {
            channel.endpoint_id = endpoint_id;
            self.channel_changed("updated", None);
        }
    }

    /// Which quotas are enforced.
    pub fn quotas(&self) -> Quotas {
        self.settings.quotas
    }

    /// Enforces others.
    pub fn set_quotas(&mut self, quotas: Quotas) {
        self.settings.quotas = quotas;
    }

    fn arn(&self, name: &str, created_unix_ms: u64) -> String {
        let Self { settings, .. } = self;
        let partition = Partition::of(&settings.region).name;
        let (region, account) = (&settings.region, &settings.account);
        format!(
            "arn:{partition}:kinesisvideo:{region}:{account}:channel/{name}/{created_unix_ms:013}"
        )
    }
}

/// The quota a WebSocket upgrade counts against.
pub(super) const fn connect_quota(role: Role) -> Quota {
    match role {
        Role::Master => Quota::ConnectAsMaster,
        Role::Viewer => Quota::ConnectAsViewer,
    }
}

fn message_ttl(seconds: Option<i64>) -> Result<Option<Duration>, ServiceError> {
    let Some(seconds) = seconds else { return Ok(None) };
    let member = "singleMasterConfiguration.messageTtlSeconds";
    shape::require_within(seconds, &shape::MESSAGE_TTL_S, member)?;
    Ok(Some(Duration::from_secs(seconds.unsigned_abs())))
}

fn page_start(token: &str) -> Result<Option<String>, ServiceError> {
    if token.is_empty() {
        return Ok(None);
    }
    shape::require_token(token)?;
    let invalid = || ServiceError::new(ErrorType::InvalidArgument, "Invalid NextToken.");
    let bytes = STANDARD.decode(token).map_err(|_| invalid())?;
    String::from_utf8(bytes).map(Some).map_err(|_| invalid())
}

fn same_version(channel: &Channel, version: &str) -> Result<(), ServiceError> {
    if channel.version == version {
        return Ok(());
    }
    let text = "The channel version that you specified is not the latest version.";
    Err(ServiceError::new(ErrorType::VersionMismatch, text))
}

pub(super) fn in_use(channel: &Channel) -> Result<(), ServiceError> {
    match channel.status {
        ChannelStatus::Active => Ok(()),
        ChannelStatus::Creating | ChannelStatus::Updating | ChannelStatus::Deleting => {
            let text = format!("The channel is {}.", channel.status.word());
            Err(ServiceError::new(ErrorType::ResourceInUse, text))
        }
    }
}
