//! One line of the SDK's cache file: ten fields, separated by commas.

use std::fmt::Write as _;

/// Digits of the creation time.
const TIME_DIGITS: usize = 10;

/// What is known of one channel in one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'l> {
    pub(super) channel: &'l str,
    pub(super) viewer: bool,
    pub(super) region: &'l str,
    pub(super) arn: &'l str,
    pub(super) https: &'l str,
    pub(super) wss: &'l str,
    pub(super) storage: bool,
    pub(super) stream_arn: &'l str,
    pub(super) webrtc: &'l str,
    pub(super) created_s: u64,
}

impl<'l> Line<'l> {
    /// `None` for anything that is not whole.
    pub(super) fn parse(text: &'l str) -> Option<Self> {
        let fields: Vec<&str> = text.split(',').collect();
        let &[channel, role, region, arn, https, wss, storage, stream_arn, webrtc, created] =
            fields.as_slice()
        else {
            return None;
        };
        let viewer = match role {
            "Master" => false,
            "Viewer" => true,
            _ => return None,
        };
        let storage = match storage {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        let whole = [channel, region, arn, https, wss].iter().all(|field| !field.is_empty());
        let digits = created.len() == TIME_DIGITS && created.bytes().all(|b| b.is_ascii_digit());
        let created_s = created.parse().ok().filter(|_| whole && digits)?;
        Some(Self {
            channel,
            viewer,
            region,
            arn,
            https,
            wss,
            storage,
            stream_arn,
            webrtc,
            created_s,
        })
    }

    /// Appends itself.
    pub(super) fn write(&self, text: &mut String) {
        let Self { channel, region, arn, https, wss, stream_arn, webrtc, created_s, .. } = self;
        let role = if self.viewer { "Viewer" } else { "Master" };
        let storage = u8::from(self.storage);
        // A String takes everything.
        let _ = writeln!(
            text,
            "{channel},{role},{region},{arn},{https},{wss},{storage},{stream_arn},{webrtc},\
             {created_s:010}"
        );
    }

    /// The SDK's key.
    pub(super) fn is_of(&self, channel: &str, viewer: bool, region: &str) -> bool {
        self.channel == channel && self.viewer == viewer && self.region == region
    }

    /// Whether the other takes this one's place.
    pub(super) fn is_same(&self, other: &Line<'_>) -> bool {
        self.is_of(other.channel, other.viewer, other.region)
    }
}
