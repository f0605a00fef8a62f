//! The tags of a channel (spec §1.2, §1.3): TagResource, UntagResource, ListTagsForResource.

use std::collections::BTreeMap;

use super::error::{ErrorType, ServiceError};
use super::{Service, shape};

/// The tags of one channel, by key.
pub type Tags = BTreeMap<String, String>;

/// Most tags on a resource, and most keys in one request.
pub const TAGS_MAX: usize = 50;
const KEY_CHARS_MAX: usize = 128;
const VALUE_CHARS_MAX: usize = 256;

impl Service {
    /// TagResource: a key already there takes the new value.
    ///
    /// # Errors
    /// Members outside the model, no such channel, more than 50 tags with those already there.
    pub fn tag(&mut self, arn: &str, tags: &[(String, String)]) -> Result<(), ServiceError> {
        shape::require_arn_at(arn, "resourceARN")?;
        if tags.is_empty() {
            let bounds = "Member must have length greater than or equal to 1";
            return Err(shape::violates("[]", "tags", bounds));
        }
        let channel = self.channels.get_mut(arn).ok_or_else(ServiceError::channel_not_found)?;
        channel.tags = tagged(channel.tags.clone(), tags)?;
        self.revision += 1;
        Ok(())
    }

    /// UntagResource: keys that are not there are passed over.
    ///
    /// # Errors
    /// Members outside the model, no such channel.
    pub fn untag(&mut self, arn: &str, keys: &[String]) -> Result<(), ServiceError> {
        shape::require_arn_at(arn, "resourceARN")?;
        if !(1..=TAGS_MAX).contains(&keys.len()) {
            let bounds = "Member must have length between 1 and 50";
            return Err(shape::violates(&keys.join(", "), "tagKeyList", bounds));
        }
        keys.iter().try_for_each(|key| require_key(key, "tagKeyList.member"))?;
        let channel = self.channels.get_mut(arn).ok_or_else(ServiceError::channel_not_found)?;
        channel.tags.retain(|key, _| !keys.contains(key));
        self.revision += 1;
        Ok(())
    }

    /// ListTagsForResource: always one page, for 50 tags fit it.
    ///
    /// # Errors
    /// Members outside the model, no such channel.
    pub fn tags(&self, arn: &str, next_token: Option<&str>) -> Result<&Tags, ServiceError> {
        shape::require_arn_at(arn, "resourceARN")?;
        next_token.map_or(Ok(()), shape::require_token)?;
        let channel = self.channels.get(arn).ok_or_else(ServiceError::channel_not_found)?;
        Ok(&channel.tags)
    }
}

/// Tags with more added, if that is within the limits.
pub(super) fn tagged(mut tags: Tags, more: &[(String, String)]) -> Result<Tags, ServiceError> {
    for (key, value) in more {
        require_key(key, "tags.member.key")?;
        require_value(value)?;
        tags.insert(key.clone(), value.clone());
    }
    // The request's own list counts too, also where it names a key twice.
    if tags.len() > TAGS_MAX || more.len() > TAGS_MAX {
        let error = ErrorType::TagsPerResourceExceededLimit;
        return Err(ServiceError::new(error, "A resource can have up to 50 tags."));
    }
    Ok(tags)
}

fn require_key(key: &str, member: &str) -> Result<(), ServiceError> {
    if key.is_empty() {
        let bounds = "Member must have length greater than or equal to 1";
        return Err(shape::violates(key, member, bounds));
    }
    require_text(key, member, KEY_CHARS_MAX)
}

fn require_value(value: &str) -> Result<(), ServiceError> {
    require_text(value, "tags.member.value", VALUE_CHARS_MAX)
}

fn require_text(text: &str, member: &str, chars_max: usize) -> Result<(), ServiceError> {
    if text.chars().count() > chars_max {
        let bounds = format!("Member must have length less than or equal to {chars_max}");
        return Err(shape::violates(text, member, &bounds));
    }
    if !text.chars().all(is_tag_char) {
        let pattern = "Member must satisfy regular expression pattern: \
                       [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*";
        return Err(shape::violates(text, member, pattern));
    }
    Ok(())
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`: letters, numbers and separators of every script.
fn is_tag_char(c: char) -> bool {
    let is_separator = c.is_whitespace() && !c.is_control();
    c.is_alphanumeric() || is_separator || "_.:/=+-@".contains(c)
}
