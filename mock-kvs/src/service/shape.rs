//! The constraints of the service models (spec §1.2), with AWS's own wording of a violation.

use super::error::{ErrorType, ServiceError};

/// What an ARN of a signaling channel must look like, without a regular-expression engine.
pub fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or("");
    let [arn, partition, service, region, account, resource] =
        [next(), next(), next(), next(), next(), next()];
    let mut path = resource.split('/');
    let mut segment = || path.next().unwrap_or("");
    let [kind, name, created] = [segment(), segment(), segment()];
    (1..=1024).contains(&text.len())
        && arn == "arn"
        && is_all(partition, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && service == "kinesisvideo"
        && is_all(region, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && is_all(account, |c| c.is_ascii_digit())
        && is_all(kind, |c| c.is_ascii_lowercase())
        && is_all(name, is_name_byte)
        && is_all(created, |c| c.is_ascii_digit())
        && resource.split('/').count() == 3
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
