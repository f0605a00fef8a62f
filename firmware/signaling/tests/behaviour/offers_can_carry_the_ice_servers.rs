use kvs_signaling::{MessageKind, Policy, Role};

use crate::support::{Options, Rig};

fn offering() -> Options {
    let policy = Policy { ice_servers_in_offers: true, ..Policy::DEFAULT };
    Options { role: Role::Viewer("anna"), policy, ..Options::default() }
}

fn sent(rig: &mut Rig, kind: MessageKind, payload: &str) -> serde_json::Value {
    let before = rig.service.messages.len();
    let master = rig.session.peer_id("").expect("room");
    rig.send(master, kind, payload).expect("room");
    serde_json::from_str(&rig.service.messages[before].text).expect("JSON")
}

#[test]
fn as_the_c_sdk_does_with_the_time_that_is_left() {
    let mut rig = Rig::connected(offering());
    rig.run(100_500);
    let offer = sent(&mut rig, MessageKind::SdpOffer, "offer");
    let servers = offer["IceServerList"].as_array().expect("a list");
    assert_eq!(servers.len(), 1);
    assert_eq!(servers[0]["Ttl"], 199, "300 s, of which 100.5 are over");
    assert_eq!(servers[0]["Password"], "p1");
    assert!(servers[0]["Uris"][0].as_str().is_some_and(|uri| uri.starts_with("turn")), "{offer}");
    assert!(servers[0]["Username"].is_string());
    let candidate = sent(&mut rig, MessageKind::IceCandidate, "candidate");
    assert!(candidate.get("IceServerList").is_none());
}

#[test]
fn an_offer_that_leaves_no_room_goes_without() {
    let mut rig = Rig::connected(offering());
    // Base64 of this and its envelope just fit the buffer that the session was lent.
    let offer = sent(&mut rig, MessageKind::SdpOffer, &"x".repeat(10_650));
    assert!(offer.get("IceServerList").is_none());
    assert_eq!(offer["action"], "SDP_OFFER");
}

#[test]
fn unless_it_is_asked_for_an_offer_is_an_offer() {
    let mut rig = Rig::connected(Options { role: Role::Viewer("anna"), ..Options::default() });
    let offer = sent(&mut rig, MessageKind::SdpOffer, "offer");
    assert!(offer.get("IceServerList").is_none());
}
