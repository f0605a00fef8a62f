//! The signed query of a WebSocket upgrade (spec §2.3).

use super::hash::{hex, sha256};
use super::signature::{Canonical, Scope, sign};
use super::{ALGORITHM, SERVICE, Signing};
use crate::wire::date;
use crate::wire::out::Out;
use crate::wire::url::percent_encode;

/// What an upgrade's URL says.
#[derive(Clone, Copy)]
pub struct Presign<'a> {
    /// As sent in Host, the only signed header.
    pub authority: &'a str,
    /// Path of the endpoint.
    pub path: &'a str,
    /// The channel.
    pub channel_arn: &'a str,
    /// The viewer's id; `None` for a master. An empty one would be no viewer the service knows.
    pub client_id: Option<&'a str>,
    /// Seconds the URL is good for, 1 to 604,800. The service looks at it only at the upgrade; we use
    /// the JS SDK's 299 or what the credentials have left, the C SDK up to a week.
    pub expires_s: u32,
}

/// Appends path and query, the signature last. The parameters are written in canonical order, so that
/// the text sent is the text signed.
///
/// The service's clock must be in [`Signing::at`]: the C SDK never corrects its clock here (C SDK issue
/// 1616).
pub fn presign(signing: &Signing<'_>, url: &Presign<'_>, out: &mut Out<'_>) {
    let stamp = date::amz_date(signing.at);
    let stamp = core::str::from_utf8(&stamp).unwrap_or_default();
    let scope = Scope { stamp, region: signing.region, service: SERVICE };
    out.text(url.path);
    out.put(b"?");
    let query_start = out.written().len();
    write_query(signing, url, &scope, out);
    let empty_sha256 = hex(&sha256(b""));
    let canonical = Canonical {
        method: "GET",
        path: url.path,
        query: out.written().get(query_start..).unwrap_or_default(),
        fields: &[("host", url.authority)],
        signed: "host",
        payload_sha256: &empty_sha256,
    };
    let signature = sign(signing.keys.secret_key, &scope, &canonical);
    out.put(b"&X-Amz-Signature=");
    out.put(&signature);
}

fn write_query(signing: &Signing<'_>, url: &Presign<'_>, scope: &Scope<'_>, out: &mut Out<'_>) {
    out.text("X-Amz-Algorithm=");
    out.text(ALGORITHM);
    out.text("&X-Amz-ChannelARN=");
    percent_encode(url.channel_arn, out);
    if let Some(client_id) = url.client_id {
        out.text("&X-Amz-ClientId=");
        percent_encode(client_id, out);
    }
    out.text("&X-Amz-Credential=");
    let credential =
        [signing.keys.access_key_id, scope.date(), scope.region, scope.service, "aws4_request"];
    for (index, part) in credential.into_iter().enumerate() {
        if index > 0 {
            percent_encode("/", out);
        }
        percent_encode(part, out);
    }
    out.text("&X-Amz-Date=");
    out.text(scope.stamp);
    out.text("&X-Amz-Expires=");
    out.decimal(u64::from(url.expires_s));
    if !signing.keys.session_token.is_empty() {
        out.text("&X-Amz-Security-Token=");
        percent_encode(signing.keys.session_token, out);
    }
    out.text("&X-Amz-SignedHeaders=host");
}
