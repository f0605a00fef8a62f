//! GetSignalingChannelEndpoint.

use serde::{Deserialize, Serialize};

use super::{Asked, input, output};
use crate::clock::Now;
use crate::http::connection::Scheme;
use crate::partition::control_plane_of;
use crate::service::error::ServiceError;
use crate::service::quota::Quota;
use crate::service::{Service, shape};

#[derive(Deserialize)]
struct Input {
    #[serde(rename = "ChannelARN")]
    arn: Option<String>,
    #[serde(rename = "SingleMasterChannelEndpointConfiguration")]
    configuration: Option<Configuration>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    protocols: Option<Vec<String>>,
    role: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    resource_endpoint_list: Vec<Endpoint>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    protocol: String,
    resource_endpoint: String,
}

pub(super) fn run(
    service: &mut Service,
    now: Now,
    asked: &Asked<'_>,
) -> Result<String, ServiceError> {
    let input: Input = input(asked)?;
    let arn = input.arn.ok_or_else(|| shape::missing("channelARN"))?;
    service.admit(now, Quota::Endpoint, None)?;
    let configuration = input.configuration.unwrap_or_default();
    let is_viewer = match configuration.role.as_deref() {
        None | Some("MASTER") => false,
        Some("VIEWER") => true,
        Some(other) => {
            let member = "singleMasterChannelEndpointConfiguration.role";
            let values = "Member must satisfy enum value set: [MASTER, VIEWER]";
            return Err(shape::violates(other, member, values));
        }
    };
    let member = "singleMasterChannelEndpointConfiguration.protocols";
    let protocols = configuration.protocols.unwrap_or_else(|| vec!["WSS".into(), "HTTPS".into()]);
    if !(1..=5).contains(&protocols.len()) {
        let bounds = "Member must have length between 1 and 5";
        return Err(shape::violates(&protocols.join(", "), member, bounds));
    }
    let id = service.endpoint_id(&arn)?;
    let mut resource_endpoint_list = Vec::with_capacity(protocols.len());
    for protocol in protocols {
        let (prefix, scheme) = match (&*protocol, asked.scheme, is_viewer) {
            ("WSS", Scheme::Secure, true) => ("v", "wss"),
            ("WSS", Scheme::Secure, false) => ("m", "wss"),
            ("WSS", Scheme::Plain, true) => ("v", "ws"),
            ("WSS", Scheme::Plain, false) => ("m", "ws"),
            ("HTTPS" | "WEBRTC", Scheme::Secure, _) => ("r", "https"),
            ("HTTPS" | "WEBRTC", Scheme::Plain, _) => ("r", "http"),
            (other, ..) => {
                let values = "Member must satisfy enum value set: [WSS, HTTPS, WEBRTC]";
                return Err(shape::violates(other, member, values));
            }
        };
        let authority = authority(asked, prefix, id);
        let resource_endpoint = format!("{scheme}://{authority}");
        resource_endpoint_list.push(Endpoint { protocol, resource_endpoint });
    }
    output(&Output { resource_endpoint_list })
}

/// Names in AWS's form when the request came under one, and of the same kind (FIPS, IPv6); else the
/// request's own authority (decision 11).
fn authority(asked: &Asked<'_>, prefix: &str, id: &str) -> String {
    match control_plane_of(asked.host, asked.region) {
        Some(name) => format!("{prefix}-{id}.{name}"),
        None => asked.host.to_owned(),
    }
}
