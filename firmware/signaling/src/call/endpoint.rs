//! GetSignalingChannelEndpoint.

use crate::config::{ENDPOINT_MAX, Role};
use crate::error::PeerError;
use crate::wire::json::{self, Value, Writer};
use crate::wire::span::Span;
use crate::wire::url::{self, Scheme};

/// Path of the call.
pub const PATH: &str = "/getSignalingChannelEndpoint";

/// Where a channel is served: URLs that [`url::parse`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints<'a> {
    /// `https://…`: GetIceServerConfig.
    pub https: &'a str,
    /// `wss://…`: the WebSocket, for the role asked for.
    pub wss: &'a str,
    /// `https://…`: JoinStorageSession. None too when it is malformed: who did not ask for it must
    /// not fail because of it.
    pub webrtc: Option<&'a str>,
}

/// Writes the body: both protocols a signaling client needs, and WEBRTC for media storage.
pub fn write_body(json: &mut Writer<'_>, arn: &str, role: Role<'_>, webrtc: bool) {
    json.begin_object();
    json.key("ChannelARN");
    json.string(arn);
    json.key("SingleMasterChannelEndpointConfiguration");
    json.begin_object();
    json.key("Protocols");
    json.begin_array();
    json.string("WSS");
    json.string("HTTPS");
    if webrtc {
        json.string("WEBRTC");
    }
    json.end_array();
    json.key("Role");
    json.string(match role {
        Role::Master => "MASTER",
        Role::Viewer(_) => "VIEWER",
    });
    json.end_object();
    json.end_object();
}

/// Parses the answer; other protocols are ignored. [`PeerError::Json`]: not JSON, or a field of the
/// wrong kind. [`PeerError::Missing`]: WSS or HTTPS is not there. [`PeerError::Endpoint`]: not the
/// `https` or `wss` URL it should be, or longer than [`ENDPOINT_MAX`].
pub fn parse(body: &mut [u8]) -> Result<Endpoints<'_>, PeerError> {
    let answer = json::parse(body).map_err(|_| PeerError::Json)?;
    let list = answer.member("ResourceEndpointList").ok_or(PeerError::Missing)?;
    let (mut https, mut wss, mut webrtc) = (None, None, None);
    for entry in list.elements() {
        match protocol_and_url(entry)? {
            Some((Protocol::Https, url)) => https = Some(url),
            Some((Protocol::Wss, url)) => wss = Some(url),
            Some((Protocol::Webrtc, url)) => webrtc = Some(url),
            None => {}
        }
    }
    let mut plain = |span: Option<Span>| {
        json::unescape_in_place(body, span.ok_or(PeerError::Missing)?).map_err(|_| PeerError::Json)
    };
    let (https, wss) = (plain(https)?, plain(wss)?);
    let webrtc = webrtc.and_then(|url| plain(Some(url)).ok());
    let body = &*body;
    Ok(Endpoints {
        https: checked(https.text(body), Scheme::Https)?,
        wss: checked(wss.text(body), Scheme::Wss)?,
        webrtc: webrtc.and_then(|url| checked(url.text(body), Scheme::Https).ok()),
    })
}

enum Protocol {
    Https,
    Wss,
    Webrtc,
}

/// One entry; its two members come in either order. `None` for a protocol we did not ask for.
fn protocol_and_url(entry: Value<'_>) -> Result<Option<(Protocol, Span)>, PeerError> {
    let (mut protocol, mut url) = (None, None);
    for (key, value) in entry.members() {
        if key.is("Protocol") {
            protocol = Some(value.text().ok_or(PeerError::Json)?);
        } else if key.is("ResourceEndpoint") {
            url = Some(value.text().ok_or(PeerError::Json)?.span());
        }
    }
    // Either case, as the C SDK takes it (spec §1.3.1).
    let protocol = match protocol {
        Some(word) if word.is_ignoring_case("HTTPS") => Protocol::Https,
        Some(word) if word.is_ignoring_case("WSS") => Protocol::Wss,
        Some(word) if word.is_ignoring_case("WEBRTC") => Protocol::Webrtc,
        Some(_) | None => return Ok(None),
    };
    url.map(|url| Some((protocol, url))).ok_or(PeerError::Missing)
}

fn checked(url: &str, scheme: Scheme) -> Result<&str, PeerError> {
    let legal =
        url.len() <= ENDPOINT_MAX && url::parse(url).is_some_and(|parsed| parsed.scheme == scheme);
    if legal { Ok(url) } else { Err(PeerError::Endpoint) }
}
