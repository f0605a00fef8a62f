//! GetIceServerConfig.

use crate::config::{ICE_SERVERS_MAX, ICE_URIS_MAX};
use crate::error::PeerError;
use crate::event::IceServer;
use crate::wire::json::{self, Value, Writer};
use crate::wire::span::Span;

/// Path of the call, on the HTTPS endpoint.
pub const PATH: &str = "/v1/get-ice-server-config";

/// Longest URI, user name and password (service model; the C SDK stops at 127 for URIs).
pub const FIELD_MAX: usize = 256;

/// The list; at least one server.
#[derive(Clone, Copy)]
pub struct IceConfig<'a> {
    servers: [IceServer<'a>; ICE_SERVERS_MAX],
    count: usize,
}

impl<'a> IceConfig<'a> {
    /// The servers, in the service's order.
    pub fn servers(&self) -> &[IceServer<'a>] {
        self.servers.get(..self.count).unwrap_or_default()
    }

    /// The time to live of the one that ends first, in seconds.
    pub fn ttl_s(&self) -> u32 {
        self.servers().iter().map(|server| server.ttl_s).min().unwrap_or_default()
    }
}

/// Writes the body; a master's `client_id` is empty and left out.
pub fn write_body(json: &mut Writer<'_>, arn: &str, client_id: &str) {
    json.begin_object();
    json.key("ChannelARN");
    json.string(arn);
    if !client_id.is_empty() {
        json.key("ClientId");
        json.string(client_id);
    }
    json.key("Service");
    json.string("TURN");
    json.end_object();
}

/// Parses the answer. More than 5 servers, and more than 4 URIs of one, are ignored. [`PeerError::Json`]:
/// not JSON, a field of the wrong kind or longer than 256 bytes. [`PeerError::Missing`]: no server, or
/// one without URIs or time to live.
pub fn parse(body: &mut [u8]) -> Result<IceConfig<'_>, PeerError> {
    let answer = json::parse(body).map_err(|_| PeerError::Json)?;
    let list = answer.member("IceServerList").ok_or(PeerError::Missing)?;
    let mut places = [Places::default(); ICE_SERVERS_MAX];
    let mut count = 0;
    for (place, server) in places.iter_mut().zip(list.elements()) {
        *place = Places::find(server)?;
        count += 1;
    }
    if count == 0 {
        return Err(PeerError::Missing);
    }
    for place in &mut places {
        place.unescape(body)?;
    }
    let body = &*body;
    Ok(IceConfig { servers: places.map(|place| place.server(body)), count })
}

/// Where a server's texts lie.
#[derive(Clone, Copy, Default)]
struct Places {
    uris: [Span; ICE_URIS_MAX],
    uri_count: usize,
    username: Span,
    password: Span,
    ttl_s: u32,
}

impl Places {
    fn find(server: Value<'_>) -> Result<Self, PeerError> {
        let mut places = Self::default();
        let mut ttl_s = None;
        for (key, value) in server.members().filter(|(_, value)| !value.is_null()) {
            if key.is("Uris") {
                places.uri_count = 0;
                for (slot, uri) in places.uris.iter_mut().zip(value.elements()) {
                    *slot = text(uri)?;
                    places.uri_count += 1;
                }
            } else if key.is("Username") {
                places.username = text(value)?;
            } else if key.is("Password") {
                places.password = text(value)?;
            } else if key.is("Ttl") {
                let seconds = value.unsigned().and_then(|ttl| u32::try_from(ttl).ok());
                ttl_s = Some(seconds.ok_or(PeerError::Json)?);
            }
        }
        places.ttl_s = ttl_s.ok_or(PeerError::Missing)?;
        if places.uri_count == 0 { Err(PeerError::Missing) } else { Ok(places) }
    }

    fn unescape(&mut self, body: &mut [u8]) -> Result<(), PeerError> {
        let texts = self.uris.iter_mut().chain([&mut self.username, &mut self.password]);
        for span in texts {
            *span = json::unescape_in_place(body, *span).map_err(|_| PeerError::Json)?;
            if span.len() > FIELD_MAX {
                return Err(PeerError::Json);
            }
        }
        Ok(())
    }

    fn server<'a>(&self, body: &'a [u8]) -> IceServer<'a> {
        IceServer {
            uris: self.uris.map(|uri| uri.text(body)),
            uri_count: self.uri_count,
            username: self.username.text(body),
            password: self.password.text(body),
            ttl_s: self.ttl_s,
        }
    }
}

fn text(value: Value<'_>) -> Result<Span, PeerError> {
    value.text().map(json::Text::span).ok_or(PeerError::Json)
}
