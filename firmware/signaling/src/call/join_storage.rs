//! JoinStorageSession and JoinStorageSessionAsViewer: the service then sends an offer over the
//! WebSocket. The answer has no body.

use crate::config::Role;
use crate::wire::json::Writer;

/// Path of the call. The service model has one for each role; AWS's C SDK uses the master's for both
/// (spec §1.4), and is not followed in that.
pub const fn path(role: Role<'_>) -> &'static str {
    match role {
        Role::Master => "/joinStorageSession",
        Role::Viewer(_) => "/joinStorageSessionAsViewer",
    }
}

/// Writes the body. Its keys begin with small letters, unlike those of the other calls.
pub fn write_body(json: &mut Writer<'_>, arn: &str, role: Role<'_>) {
    json.begin_object();
    json.key("channelArn");
    json.string(arn);
    if let Role::Viewer(client_id) = role {
        json.key("clientId");
        json.string(client_id);
    }
    json.end_object();
}
