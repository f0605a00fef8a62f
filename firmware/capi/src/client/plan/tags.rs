//! Tags for a channel that is created: the SDK's checks, and what the service will say beyond them is
//! for the service to say.

use crate::abi::structs::{ChannelInfo, Tag};
use crate::abi::{Status, limits, status};
use crate::text::{self, BadText};

/// # Safety
/// There are as many tags as said, and their texts are NULL or NUL-terminated.
pub(super) unsafe fn read(channel: &ChannelInfo) -> Result<Vec<(String, String)>, Status> {
    if channel.tag_count > limits::TAGS {
        return Err(status::UTIL_MAX_TAG_COUNT);
    }
    if channel.tag_count > 0 && channel.tags.is_null() {
        return Err(status::UTIL_TAGS_COUNT_NON_ZERO_TAGS_NULL);
    }
    let text = |at, max, too_long| {
        // SAFETY: as the caller says.
        let text = unsafe { text::read(at, max) }.map_err(|bad| match bad {
            BadText::TooLong => too_long,
            BadText::NotText => status::INVALID_ARG,
        })?;
        text.ok_or(status::NULL_ARG)
    };
    let tag = |at| {
        // SAFETY: as the caller says, and `at` is below their number.
        let Tag { version, name, value } = unsafe { channel.tags.add(at).read() };
        if version > 0 {
            return Err(status::UTIL_INVALID_TAG_VERSION);
        }
        let name = text(name, limits::TAG_NAME, status::UTIL_INVALID_TAG_NAME_LEN)?;
        Ok((name, text(value, limits::TAG_VALUE, status::UTIL_INVALID_TAG_VALUE_LEN)?))
    };
    (0..channel.tag_count as usize).map(tag).collect()
}
