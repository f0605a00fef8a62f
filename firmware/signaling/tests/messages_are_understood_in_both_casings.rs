//! Signaling messages as the service sends them, in documented and in C SDK spelling.

use kvs_signaling::PeerError;
use kvs_signaling::wire::message::{self, Kind, Outgoing};
use proptest::prelude::*;

/// A parsed message, out of its buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    kind: Kind,
    sender: String,
    payload: Vec<u8>,
}

#[test]
fn an_offer_in_either_casing() {
    for text in [
        r#"{"messageType":"SDP_OFFER","senderClientId":"v1","messagePayload":"aGVsbG8="}"#,
        r#"{"MessageType":"SDP_OFFER","SenderClientId":"v1","MessagePayload":"aGVsbG8="}"#,
        "{\n\t\"messagePayload\": \"aGVsbG8=\",\n\t\"SenderClientId\": \"v1\",\n\t\
         \"messageType\": \"SDP_OFFER\"\n}",
    ] {
        let expected =
            Seen { kind: Kind::SdpOffer, sender: "v1".to_owned(), payload: b"hello".to_vec() };
        assert_eq!(parse(text), Ok(expected), "{text}");
    }
}

#[test]
fn every_type_by_its_exact_name() {
    for (name, kind) in [
        ("SDP_OFFER", Kind::SdpOffer),
        ("SDP_ANSWER", Kind::SdpAnswer),
        ("ICE_CANDIDATE", Kind::IceCandidate),
        ("GO_AWAY", Kind::GoAway),
        ("RECONNECT_ICE_SERVER", Kind::ReconnectIceServer),
        ("STATUS_RESPONSE", Kind::StatusResponse),
        // The C SDK takes these for an offer and a candidate (spec §3.3, quirk 1).
        ("S", Kind::Unknown),
        ("SDP", Kind::Unknown),
        ("ICE", Kind::Unknown),
        ("sdp_offer", Kind::Unknown),
        ("SDP_OFFER ", Kind::Unknown),
        ("SOMETHING_NEW", Kind::Unknown),
    ] {
        let text = format!(r#"{{"messageType":"{name}","messagePayload":"aA=="}}"#);
        assert_eq!(parse(&text).map(|seen| seen.kind), Ok(kind), "{name}");
    }
}

#[test]
fn absent_null_and_empty_fields_are_the_same() {
    for text in [
        r#"{"messageType":"SOMETHING_NEW"}"#,
        r#"{"messageType":"SOMETHING_NEW","messagePayload":null,"senderClientId":null}"#,
        r#"{"messageType":"SOMETHING_NEW","messagePayload":"","senderClientId":""}"#,
    ] {
        let expected = Seen { kind: Kind::Unknown, sender: String::new(), payload: vec![] };
        assert_eq!(parse(text), Ok(expected), "{text}");
    }
}

#[test]
fn nested_keys_and_unknown_fields_mean_nothing() {
    let text = r#"{"IceServerList":[{"messageType":"GO_AWAY","Uris":["turn:x"],"Ttl":298}],
        "extra":{"messagePayload":"!!","senderClientId":7},"messageType":"SDP_OFFER",
        "messagePayload":"aA==","senderClientId":"v","statusResponse":{"statusCode":"soon"}}"#;
    let expected = Seen { kind: Kind::SdpOffer, sender: "v".to_owned(), payload: b"h".to_vec() };
    assert_eq!(parse(text), Ok(expected));
}

#[test]
fn escapes_are_taken_out_before_anything_else() {
    let text = r#"{"messageType":"SDP_\u004fFFER","senderClientId":"v\u00e9\n",
        "messagePayload":"\/\/\/\u002f"}"#;
    let expected =
        Seen { kind: Kind::SdpOffer, sender: "v\u{e9}\n".to_owned(), payload: vec![0xff; 3] };
    assert_eq!(parse(text), Ok(expected));
}

#[test]
fn the_services_own_messages_need_no_sense_in_their_payload() {
    for name in ["GO_AWAY", "RECONNECT_ICE_SERVER", "STATUS_RESPONSE"] {
        for payload in ["\"\"", "null", "\"not base64\"", "{}", "7"] {
            let text = format!(r#"{{"messageType":"{name}","messagePayload":{payload}}}"#);
            assert_eq!(parse(&text).map(|seen| seen.payload), Ok(vec![]), "{text}");
        }
    }
}

#[test]
fn a_status_response_with_its_code_as_text_or_number() {
    for code in ["\"400\"", "400", "\"0400\""] {
        let text = format!(
            r#"{{"messageType":"STATUS_RESPONSE","statusResponse":{{"correlationId":"c1",
            "success":false,"errorType":"InvalidArgumentException","statusCode":{code},
            "description":"say \"why\""}}}}"#
        );
        let mut buf = text.into_bytes();
        let envelope = message::parse(&mut buf).expect("a status response");
        let status = envelope.status;
        assert_eq!(status.code, 400);
        assert_eq!(status.correlation_id.text(&buf), "c1");
        assert_eq!(status.error_type.text(&buf), "InvalidArgumentException");
        assert_eq!(status.description.text(&buf), "say \"why\"");
    }
}

#[test]
fn a_status_response_says_what_it_has() {
    for text in [
        r#"{"messageType":"STATUS_RESPONSE"}"#,
        r#"{"messageType":"STATUS_RESPONSE","statusResponse":null}"#,
        r#"{"messageType":"STATUS_RESPONSE","StatusResponse":{"statusCode":null}}"#,
        r#"{"messageType":"STATUS_RESPONSE","statusResponse":{"statusCode":""}}"#,
    ] {
        let mut buf = text.as_bytes().to_vec();
        let envelope = message::parse(&mut buf).expect("a status response");
        assert_eq!(envelope.status, message::Status::default(), "{text}");
    }
}

#[test]
fn what_is_not_json_is_told_from_what_is_no_message() {
    for text in ["", "{", "hello", "{\"messageType\":\"GO_AWAY\"}}", "{'messageType':1}"] {
        assert_eq!(parse(text), Err(PeerError::Json), "{text}");
    }
    for text in [
        "{}",
        "[]",
        "null",
        "\"SDP_OFFER\"",
        r#"{"messageType":null}"#,
        r#"{"messageType":""}"#,
        r#"{"messageType":7}"#,
        r#"{"messageType":["SDP_OFFER"]}"#,
        r#"{"messageType":"\ud800"}"#,
        r#"{"inner":{"messageType":"GO_AWAY"}}"#,
        r#"{"messageType":"SDP_OFFER","senderClientId":"v"}"#,
        r#"{"messageType":"SDP_ANSWER","messagePayload":""}"#,
        r#"{"messageType":"ICE_CANDIDATE","messagePayload":null}"#,
        r#"{"messageType":"SDP_OFFER","messagePayload":"aA="}"#,
        r#"{"messageType":"SDP_OFFER","messagePayload":"a A="}"#,
        r#"{"messageType":"SDP_OFFER","messagePayload":{"type":"offer"}}"#,
        r#"{"messageType":"SDP_OFFER","messagePayload":"aA==","senderClientId":7}"#,
        r#"{"messageType":"NEW","messagePayload":"not base64"}"#,
        r#"{"messageType":"STATUS_RESPONSE","statusResponse":{"statusCode":"4xx"}}"#,
        r#"{"messageType":"STATUS_RESPONSE","statusResponse":{"statusCode":"+400"}}"#,
        r#"{"messageType":"STATUS_RESPONSE","statusResponse":{"statusCode":65536}}"#,
        r#"{"messageType":"STATUS_RESPONSE","statusResponse":{"statusCode":4.5}}"#,
        r#"{"messageType":"STATUS_RESPONSE","statusResponse":{"correlationId":1}}"#,
    ] {
        assert_eq!(parse(text), Err(PeerError::Message), "{text}");
    }
}

#[test]
fn ids_may_have_256_bytes() {
    let text = |len: usize| {
        let id = "v".repeat(len);
        format!(r#"{{"messageType":"SDP_OFFER","messagePayload":"aA==","senderClientId":"{id}"}}"#)
    };
    assert_eq!(parse(&text(256)).map(|seen| seen.sender.len()), Ok(256));
    assert_eq!(parse(&text(257)), Err(PeerError::Message));
}

#[test]
fn what_we_send_looks_like_this() {
    let from_master = Outgoing {
        action: "SDP_ANSWER",
        recipient: "viewer-1",
        payload: b"hello",
        correlation_id: "c.1",
    };
    assert_eq!(
        write(&from_master, 512).as_deref(),
        Some(concat!(
            r#"{"action":"SDP_ANSWER","recipientClientId":"viewer-1","#,
            r#""messagePayload":"aGVsbG8=","correlationId":"c.1"}"#,
        ))
    );
    let from_viewer =
        Outgoing { action: "ICE_CANDIDATE", recipient: "", payload: b"", correlation_id: "" };
    assert_eq!(
        write(&from_viewer, 512).as_deref(),
        Some(r#"{"action":"ICE_CANDIDATE","messagePayload":""}"#)
    );
}

#[test]
fn a_message_that_does_not_fit_is_not_written() {
    let message =
        Outgoing { action: "SDP_OFFER", recipient: "v", payload: &[7; 50], correlation_id: "c" };
    let whole = write(&message, 512).expect("it fits").len();
    for size in 0..whole {
        assert_eq!(write(&message, size), None, "buffer of {size}");
    }
    assert!(write(&message, whole).is_some());
}

proptest! {
    #[test]
    fn a_payload_survives_the_way_there_and_back(
        payload in prop::collection::vec(any::<u8>(), 1..2000),
        sender in "[a-zA-Z0-9_.-]{0,256}",
    ) {
        let outgoing = Outgoing {
            action: "SDP_OFFER",
            recipient: &sender,
            payload: &payload,
            correlation_id: "",
        };
        // What the service does: our action becomes its type, and the ends change places.
        let received = write(&outgoing, 4096)
            .expect("it fits")
            .replacen("action", "messageType", 1)
            .replacen("recipientClientId", "senderClientId", 1);
        prop_assert_eq!(parse(&received), Ok(Seen { kind: Kind::SdpOffer, sender, payload }));
    }
}

fn parse(text: &str) -> Result<Seen, PeerError> {
    let mut buf = text.as_bytes().to_vec();
    let envelope = message::parse(&mut buf)?;
    Ok(Seen {
        kind: envelope.kind,
        sender: envelope.sender.text(&buf).to_owned(),
        payload: envelope.payload.bytes(&buf).to_vec(),
    })
}

fn write(message: &Outgoing<'_>, size: usize) -> Option<String> {
    let mut buf = vec![0; size];
    let len = message::write(&mut buf, message, |_| {})?;
    Some(String::from_utf8(buf[..len].to_vec()).expect("text"))
}
