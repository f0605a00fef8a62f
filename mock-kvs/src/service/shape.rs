//! The constraints of the service models (spec §1.2), with AWS's own wording of a violation.

use super::error::{ErrorType, ServiceError};

/// What an ARN of a signaling channel must look like, without a regular-expression engine. The
/// signaling model has `aws` for every partition, which China's and GovCloud's channels are not in:
/// the control plane's pattern holds for both.
pub fn is_arn(text: &str) -> bool {
    let is_partition = |partition: &str| {
        is_all(partition, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    };
    text.len() <= 1024 && partition(text).is_some_and(is_partition)
}

/// What the storage model allows: another pattern of the partition, and no longest length.
fn is_storage_arn(text: &str) -> bool {
    let is_partition = |partition: &str| {
        let rest = partition.strip_prefix("aws");
        rest.is_some_and(|rest| rest.bytes().all(|c| c.is_ascii_alphabetic() || c == b'-'))
    };
    partition(text).is_some_and(is_partition)
}

/// The partition of what is otherwise an ARN of Kinesis Video Streams.
fn partition(text: &str) -> Option<&str> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or("");
    let [arn, partition, service, region, account, resource] =
        [next(), next(), next(), next(), next(), next()];
    let mut path = resource.split('/');
    let mut segment = || path.next().unwrap_or("");
    let [kind, name, created] = [segment(), segment(), segment()];
    let is_arn = arn == "arn"
        && service == "kinesisvideo"
        && is_all(region, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && is_all(account, |c| c.is_ascii_digit())
        && is_all(kind, |c| c.is_ascii_lowercase())
        && is_all(name, is_name_byte)
        && is_all(created, |c| c.is_ascii_digit())
        && resource.split('/').count() == 3;
    is_arn.then_some(partition)
}

/// ChannelName, ClientId and correlation ids: 1 to 256 of `[a-zA-Z0-9_.-]`.
pub fn is_name(text: &str) -> bool {
    text.len() <= 256 && is_all(text, is_name_byte)
}

/// Version: 1 to 64 of `[a-zA-Z0-9]`.
pub fn is_version(text: &str) -> bool {
    text.len() <= 64 && is_all(text, |c| c.is_ascii_alphanumeric())
}

/// NextToken: 0 to 1,024 of the base64 alphabet.
pub fn is_token(text: &str) -> bool {
    text.len() <= 1024
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'='))
}

/// MessageTtlSeconds.
pub const MESSAGE_TTL_S: std::ops::RangeInclusive<i64> = 5..=120;
/// MaxResults.
pub const MAX_RESULTS: std::ops::RangeInclusive<i64> = 1..=10_000;

/// An InvalidArgumentException in the words of AWS's model validation.
pub fn violates(value: &str, member: &str, constraint: &str) -> ServiceError {
    ServiceError::new(
        ErrorType::InvalidArgument,
        format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy \
             constraint: {constraint}"
        ),
    )
}

/// A required member is missing.
pub fn missing(member: &str) -> ServiceError {
    violates("null", member, "Member must not be null")
}

/// Requires a ChannelName, ClientId or correlation id.
///
/// # Errors
/// AWS's words for what does not fit.
pub fn require_name(text: &str, member: &str) -> Result<(), ServiceError> {
    if text.len() > 256 {
        return Err(violates(text, member, "Member must have length less than or equal to 256"));
    }
    if text.is_empty() {
        return Err(violates(text, member, "Member must have length greater than or equal to 1"));
    }
    if !is_name(text) {
        let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
        return Err(violates(text, member, pattern));
    }
    Ok(())
}

/// Requires a channel's ARN.
///
/// # Errors
/// AWS's words for what does not fit.
pub fn require_arn(text: &str) -> Result<(), ServiceError> {
    require_arn_at(text, "channelARN")
}

/// Requires the ARN of a channel or stream in a member of another name.
///
/// # Errors
/// AWS's words for what does not fit.
pub fn require_arn_at(text: &str, member: &str) -> Result<(), ServiceError> {
    if is_arn(text) {
        return Ok(());
    }
    let pattern = "Member must satisfy regular expression pattern: arn:[a-z\\d-]+:kinesisvideo:\
                   [a-z0-9-]+:[0-9]+:[a-z]+/[a-zA-Z0-9_.-]+/[0-9]+";
    Err(violates(text, member, pattern))
}

/// Requires a channel's ARN as the storage model has it.
///
/// # Errors
/// AWS's words for what does not fit.
pub fn require_storage_arn(text: &str) -> Result<(), ServiceError> {
    if is_storage_arn(text) {
        return Ok(());
    }
    let pattern = "Member must satisfy regular expression pattern: ^arn:(aws[a-zA-Z-]*):\
                   kinesisvideo:[a-z0-9-]+:[0-9]+:[a-z]+/[a-zA-Z0-9_.-]+/[0-9]+$";
    Err(violates(text, "channelArn", pattern))
}

/// Requires a NextToken.
///
/// # Errors
/// AWS's words for what does not fit.
pub fn require_token(text: &str) -> Result<(), ServiceError> {
    if is_token(text) {
        return Ok(());
    }
    let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9+/=]*";
    Err(violates(text, "nextToken", pattern))
}

/// Requires a Version.
///
/// # Errors
/// AWS's words for what does not fit.
pub fn require_version(text: &str) -> Result<(), ServiceError> {
    if is_version(text) {
        return Ok(());
    }
    let pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9]+";
    Err(violates(text, "currentVersion", pattern))
}

/// Requires a number within a range.
///
/// # Errors
/// AWS's words for what does not fit.
pub fn require_within(
    value: i64,
    range: &std::ops::RangeInclusive<i64>,
    member: &str,
) -> Result<(), ServiceError> {
    if value < *range.start() {
        let least = format!("Member must have value greater than or equal to {}", range.start());
        return Err(violates(&value.to_string(), member, &least));
    }
    if value > *range.end() {
        let most = format!("Member must have value less than or equal to {}", range.end());
        return Err(violates(&value.to_string(), member, &most));
    }
    Ok(())
}

fn is_name_byte(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-')
}

fn is_all(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(fits)
}
