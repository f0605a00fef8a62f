//! TagResource, UntagResource, ListTagsForResource: the calls whose paths are capitalised.

use serde::{Deserialize, Serialize};

use super::{Asked, input, output};
use crate::clock::Now;
use crate::service::error::ServiceError;
use crate::service::quota::Quota;
use crate::service::{Service, Tags, shape};

/// A tag in a request.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: Option<String>,
    value: Option<String>,
}

impl Tag {
    /// Keys and values; both are required.
    pub fn pairs(tags: Vec<Self>) -> Result<Vec<(String, String)>, ServiceError> {
        let pair = |tag: Self| {
            let key = tag.key.ok_or_else(|| shape::missing("tags.member.key"))?;
            let value = tag.value.ok_or_else(|| shape::missing("tags.member.value"))?;
            Ok((key, value))
        };
        tags.into_iter().map(pair).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TagInput {
    #[serde(rename = "ResourceARN")]
    arn: Option<String>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UntagInput {
    #[serde(rename = "ResourceARN")]
    arn: Option<String>,
    tag_key_list: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    #[serde(rename = "ResourceARN")]
    arn: Option<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListOutput<'a> {
    tags: &'a Tags,
}

pub(super) fn tag(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: TagInput = input(asked)?;
    let arn = input.arn.ok_or_else(|| shape::missing("resourceARN"))?;
    service.admit(now, Quota::Tag, Some(&arn))?;
    let tags = Tag::pairs(input.tags.ok_or_else(|| shape::missing("tags"))?)?;
    service.tag(&arn, &tags)?;
    Ok("{}".into())
}

pub(super) fn untag(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: UntagInput = input(asked)?;
    let arn = input.arn.ok_or_else(|| shape::missing("resourceARN"))?;
    service.admit(now, Quota::Untag, Some(&arn))?;
    let keys = input.tag_key_list.ok_or_else(|| shape::missing("tagKeyList"))?;
    service.untag(&arn, &keys)?;
    Ok("{}".into())
}

pub(super) fn list(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: ListInput = input(asked)?;
    let arn = input.arn.ok_or_else(|| shape::missing("resourceARN"))?;
    service.admit(now, Quota::ListTags, Some(&arn))?;
    output(&ListOutput { tags: service.tags(&arn, input.next_token.as_deref())? })
}
