//! Where a channel's media is stored (spec §1.3): DescribeMediaStorageConfiguration and
//! UpdateMediaStorageConfiguration.

use super::control::in_use;
use super::error::{ErrorType, ServiceError};
use super::{Service, shape};

/// The member's name in refusals.
pub const STREAM_ARN: &str = "mediaStorageConfiguration.streamARN";

impl Service {
    /// DescribeMediaStorageConfiguration, by name or ARN: the stream when storage is ENABLED.
    ///
    /// # Errors
    /// Neither given, either malformed, or no such channel.
    pub fn storage(
        &self,
        name: Option<&str>,
        arn: Option<&str>,
    ) -> Result<Option<&str>, ServiceError> {
        self.find(name, arn).map(|channel| channel.stream_arn.as_deref())
    }

    /// UpdateMediaStorageConfiguration: `stream_arn` is where an ENABLED channel stores, `None`
    /// makes it DISABLED. The mock keeps no streams: every stream of its own region and account
    /// is there, with data retention or without as the policies say.
    ///
    /// # Errors
    /// Members outside the model, no such channel or stream, a channel that is not ACTIVE, a
    /// stream without data retention.
    pub fn set_storage(
        &mut self,
        arn: &str,
        stream_arn: Option<String>,
    ) -> Result<(), ServiceError> {
        shape::require_arn(arn)?;
        if let Some(stream_arn) = &stream_arn {
            self.require_stream(stream_arn)?;
        }
        let has_retention = self.settings.policies.data_retention;
        let channel = self.channels.get_mut(arn).ok_or_else(ServiceError::channel_not_found)?;
        in_use(channel)?;
        if stream_arn.is_some() && !has_retention {
            let text = "The stream's data retention in hours is equal to zero.";
            return Err(ServiceError::new(ErrorType::NoDataRetention, text));
        }
        if stream_arn.is_none() {
            channel.joined.clear();
        }
        channel.stream_arn = stream_arn;
        self.channel_changed("storage", None);
        Ok(())
    }

    fn require_stream(&self, stream_arn: &str) -> Result<(), ServiceError> {
        shape::require_arn_at(stream_arn, STREAM_ARN)?;
        let (region, account) = (&self.settings.region, &self.settings.account);
        let mut parts = stream_arn.splitn(6, ':').skip(3);
        if parts.next() != Some(region) || parts.next() != Some(account) {
            let text = "The requested stream is not found or not active.";
            return Err(ServiceError::new(ErrorType::ResourceNotFound, text));
        }
        if !parts.next().is_some_and(|resource| resource.starts_with("stream/")) {
            let text = format!("{stream_arn} is not the ARN of a stream.");
            return Err(ServiceError::new(ErrorType::InvalidArgument, text));
        }
        Ok(())
    }
}
