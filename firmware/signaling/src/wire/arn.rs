//! The ARN of a signaling channel (spec §1.2).

/// Digits of an AWS account.
const ACCOUNT_DIGITS: usize = 12;
/// Digits of the creation time, epoch milliseconds.
const CREATED_DIGITS: usize = 13;
/// Longest channel name (service model).
const NAME_MAX: usize = 256;

/// `arn:<partition>:kinesisvideo:<region>:<account>:channel/<name>/<creation time>`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`…
    pub partition: &'a str,
    /// Such as `us-west-2`.
    pub region: &'a str,
    /// 12 digits.
    pub account: &'a str,
    /// 1–256 of `[a-zA-Z0-9_.-]`.
    pub name: &'a str,
    /// 13 digits: a channel created again under its name has another ARN.
    pub created_ms: &'a str,
}

/// Parses a channel's ARN, and nothing else: not a stream's, not a prefix of one. Stricter than the C
/// SDK in the alphabets of region and name, where the service's model is; the C SDK takes any text.
pub fn parse(arn: &str) -> Option<Arn<'_>> {
    let mut parts = arn.split(':');
    let (prefix, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let mut resource_parts = resource.split('/');
    let (kind, name) = (resource_parts.next()?, resource_parts.next()?);
    let created_ms = resource_parts.next()?;
    let whole = parts.next().is_none() && resource_parts.next().is_none();
    let lower = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let legal = whole
        && prefix == "arn"
        && is_partition(partition)
        && service == "kinesisvideo"
        && !region.is_empty()
        && region.bytes().all(lower)
        && is_digits(account, ACCOUNT_DIGITS)
        && kind == "channel"
        && is_channel_name(name)
        && is_digits(created_ms, CREATED_DIGITS);
    legal.then_some(Arn { partition, region, account, name, created_ms })
}

/// 1–256 of `[a-zA-Z0-9_.-]`: the model's ChannelName, and its ClientId and CorrelationId too.
pub fn is_channel_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(legal)
}

/// `aws` or `aws-…`.
fn is_partition(partition: &str) -> bool {
    let Some(suffix) = partition.strip_prefix("aws") else { return false };
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    suffix.is_empty() || (suffix.starts_with('-') && suffix.bytes().all(legal))
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}
