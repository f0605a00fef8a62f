//! What all POST calls have in common: a JSON body, signed headers.

use crate::error::ResourceError;
use crate::wire::http1::RequestWriter;
use crate::wire::json::Writer;
use crate::wire::sigv4::{self, Signing};

/// Where a call goes.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Host, with the port if the endpoint names one: [`crate::wire::url::Url::authority`].
    pub authority: &'a str,
    /// The call's `PATH`.
    pub path: &'a str,
    /// Sent and signed.
    pub user_agent: &'a str,
    /// Keys, region, the service's time.
    pub signing: Signing<'a>,
}

/// Writes a whole signed request into `buf`; `body` writes the JSON. Its length.
///
/// The connection stays open (no `connection: close`, unlike the C SDK): the next call reuses its
/// TLS handshake, the dearest part of a call on a microcontroller.
pub fn write(
    buf: &mut [u8],
    call: &Call<'_>,
    body: impl FnOnce(&mut Writer<'_>),
) -> Result<usize, ResourceError> {
    write_if_fits(buf, call, body).ok_or(ResourceError::RequestTooLarge)
}

fn write_if_fits(
    buf: &mut [u8],
    call: &Call<'_>,
    body: impl FnOnce(&mut Writer<'_>),
) -> Option<usize> {
    let mut json = Writer::new(buf);
    body(&mut json);
    let body_len = json.finish()?;
    // The signature covers the body, so the body waits at the end of the buffer for its head.
    let body_at = buf.len().checked_sub(body_len)?;
    buf.copy_within(..body_len, body_at);
    let (room, body) = buf.split_at_mut_checked(body_at)?;
    let head_len = write_head(room, call, body)?;
    buf.copy_within(body_at.., head_len);
    head_len.checked_add(body_len)
}

fn write_head(room: &mut [u8], call: &Call<'_>, body: &[u8]) -> Option<usize> {
    let post = sigv4::Post {
        authority: call.authority,
        path: call.path,
        user_agent: call.user_agent,
        body_sha256: sigv4::sha256(body),
    };
    let mut request = RequestWriter::new(room, "POST", |target| target.text(call.path));
    request.header("Host", &[call.authority]);
    request.header("User-Agent", &[call.user_agent]);
    request.header("Content-Type", &["application/json"]);
    request.number("Content-Length", body.len());
    sigv4::sign_headers(&call.signing, &post, &mut request);
    request.finish()
}
