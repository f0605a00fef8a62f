//! Token buckets for the quotas of spec §1.5.

use std::collections::BTreeMap;

/// A bucket that holds one second's worth and starts full.
#[derive(Clone, Debug)]
pub struct Bucket {
    per_second: u32,
    /// Millionths of a token, so that a microsecond adds `per_second` of them.
    level: u64,
    filled_us: u64,
}

const TOKEN: u64 = 1_000_000;

impl Bucket {
    /// A full bucket.
    pub fn new(per_second: u32, now_us: u64) -> Self {
        Self { per_second, level: u64::from(per_second) * TOKEN, filled_us: now_us }
    }

    /// Takes a token when there is one.
    pub fn take(&mut self, now_us: u64) -> bool {
        let rate = u64::from(self.per_second);
        let gained = now_us.saturating_sub(self.filled_us).saturating_mul(rate);
        self.level = self.level.saturating_add(gained).min(rate * TOKEN);
        self.filled_us = now_us;
        let enough = self.level >= TOKEN;
        if enough {
            self.level -= TOKEN;
        }
        enough
    }
}

/// What a quota counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    /// CreateSignalingChannel.
    Create,
    /// DescribeSignalingChannel.
    Describe,
    /// ListSignalingChannels.
    List,
    /// UpdateSignalingChannel.
    Update,
    /// DeleteSignalingChannel.
    Delete,
    /// GetSignalingChannelEndpoint.
    Endpoint,
    /// GetIceServerConfig: not in AWS's table; 5 a second and channel is widely quoted.
    IceConfig,
    /// TagResource.
    Tag,
    /// UntagResource.
    Untag,
    /// ListTagsForResource.
    ListTags,
    /// DescribeMediaStorageConfiguration.
    DescribeStorage,
    /// UpdateMediaStorageConfiguration.
    UpdateStorage,
    /// SendAlexaOfferToMaster.
    AlexaOffer,
    /// ConnectAsMaster.
    ConnectAsMaster,
    /// ConnectAsViewer.
    ConnectAsViewer,
}

impl Quota {
    /// Calls a second for the whole account.
    const fn per_account(self) -> Option<u32> {
        match self {
            Self::Create
            | Self::List
            | Self::Update
            | Self::Delete
            | Self::Tag
            | Self::Untag
            | Self::ListTags
            | Self::DescribeStorage => Some(50),
            Self::UpdateStorage => Some(10),
            Self::AlexaOffer => Some(100),
            Self::Describe | Self::Endpoint => Some(300),
            Self::IceConfig | Self::ConnectAsMaster | Self::ConnectAsViewer => None,
        }
    }

    /// Calls a second for one channel.
    const fn per_channel(self) -> Option<u32> {
        match self {
            Self::Describe
            | Self::Update
            | Self::Delete
            | Self::IceConfig
            | Self::Tag
            | Self::Untag
            | Self::ListTags
            | Self::DescribeStorage
            | Self::UpdateStorage
            | Self::AlexaOffer => Some(5),
            Self::ConnectAsMaster | Self::ConnectAsViewer => Some(3),
            Self::Create | Self::List | Self::Endpoint => None,
        }
    }
}

/// SDP offers or answers a second on one WebSocket.
pub const SDP_PER_SOCKET: u32 = 5;
/// ICE candidates a second on one WebSocket.
pub const ICE_PER_SOCKET: u32 = 20;

/// The buckets of an account.
#[derive(Debug, Default)]
pub struct Buckets {
    account: BTreeMap<Quota, Bucket>,
    channel: BTreeMap<(String, Quota), Bucket>,
}

impl Buckets {
    /// Whether one more call is within the quotas; counts it if so.
    pub fn admit(&mut self, quota: Quota, channel: Option<&str>, now_us: u64) -> bool {
        if let (Some(rate), Some(channel)) = (quota.per_channel(), channel) {
            let key = (channel.to_owned(), quota);
            let bucket = self.channel.entry(key).or_insert_with(|| Bucket::new(rate, now_us));
            if !bucket.take(now_us) {
                return false;
            }
        }
        match quota.per_account() {
            Some(rate) => {
                let bucket = self.account.entry(quota);
                bucket.or_insert_with(|| Bucket::new(rate, now_us)).take(now_us)
            }
            None => true,
        }
    }

    /// Forgets a channel that is gone.
    pub fn forget(&mut self, channel: &str) {
        self.channel.retain(|(name, _), _| name != channel);
    }
}
