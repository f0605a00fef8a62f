//! Describe, Create, GetEndpoint and GetIceServerConfig: what their answers must say, and what becomes
//! of answers that do not.

use kvs_signaling::PeerError;
use kvs_signaling::call::describe::{ChannelStatus, Described};
use kvs_signaling::call::{create, describe, endpoint, ice_config, media_storage};
use kvs_signaling::config::{ARN_MAX, ENDPOINT_MAX};

const ARN: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1512345678901";

#[test]
fn a_description_is_read() {
    let mut body = description("ACTIVE");
    assert_eq!(
        describe::parse(&mut body),
        Ok(Described {
            arn: ARN,
            name: "door",
            status: ChannelStatus::Active,
            version: "Kb9L",
            message_ttl_s: Some(60),
        })
    );
}

#[test]
fn a_description_needs_an_arn_and_a_status() {
    let small = format!(r#"{{"ChannelInfo":{{"ChannelARN":"{ARN}","ChannelStatus":"ACTIVE"}}}}"#);
    let described = describe::parse(&mut small.clone().into_bytes()).map(|info| info.version.len());
    assert_eq!(described, Ok(0));
    for (from, to) in [
        ("ChannelARN", "ChannelArn"),
        ("ChannelStatus", "Status"),
        (ARN, ""),
        ("ChannelInfo", "ChannelInfoList"),
        ("\"ACTIVE\"", "null"),
    ] {
        let mut body = small.replacen(from, to, 1).into_bytes();
        assert_eq!(describe::parse(&mut body), Err(PeerError::Missing), "without {from}");
    }
}

#[test]
fn a_channels_status_is_exact() {
    for (word, status) in [
        ("CREATING", ChannelStatus::Creating),
        ("ACTIVE", ChannelStatus::Active),
        ("UPDATING", ChannelStatus::Updating),
        ("DELETING", ChannelStatus::Deleting),
    ] {
        let described = describe::parse(&mut description(word)).map(|info| info.status);
        assert_eq!(described, Ok(status));
    }
    // The C SDK takes the first two for ACTIVE and the others for DELETING (spec §1.3.1).
    for word in ["", "ACT", "active", "ARCHIVED", "DELETED"] {
        let described = describe::parse(&mut description(word)).map(|info| info.status);
        assert_eq!(described, Err(PeerError::Json), "{word}");
    }
}

#[test]
fn fields_of_the_wrong_kind_are_refused() {
    let whole = String::from_utf8(description("ACTIVE")).expect("text");
    for (from, to) in [
        ("\"ACTIVE\"", "1"),
        ("\"Kb9L\"", "9"),
        ("\"door\"", "{}"),
        ("60", "\"60\""),
        ("60", "70000"),
        ("60", "-60"),
        ("}}", "}"),
    ] {
        let mut body = whole.replacen(from, to, 1).into_bytes();
        assert_eq!(describe::parse(&mut body), Err(PeerError::Json), "{to} for {from}");
    }
}

#[test]
fn an_escaped_slash_is_a_slash() {
    let arn = ARN.replace('/', "\\/");
    let mut body = format!(r#"{{"ChannelARN":"{arn}"}}"#).into_bytes();
    assert_eq!(create::parse(&mut body), Ok(ARN));
}

#[test]
fn a_creation_needs_an_arn() {
    for body in
        ["{}", r#"{"ChannelARN":""}"#, r#"{"ChannelARN":null}"#, r#"{"a":{"ChannelARN":"b"}}"#]
    {
        assert_eq!(create::parse(&mut body.as_bytes().to_vec()), Err(PeerError::Missing), "{body}");
    }
    let long = format!(r#"{{"ChannelARN":"{}"}}"#, "a".repeat(ARN_MAX + 1));
    assert_eq!(create::parse(&mut long.into_bytes()), Err(PeerError::Missing));
    assert_eq!(create::parse(&mut b"<html>".to_vec()), Err(PeerError::Json));
}

#[test]
fn endpoints_are_read_in_any_order_and_case() {
    let mut body = br#"{"ResourceEndpointList":[
        {"ResourceEndpoint":"https://r-1.example:8443","Protocol":"https","Extra":1},
        {"Protocol":"WEBRTC","ResourceEndpoint":"whatever"},
        {"Protocol":"WSS","ResourceEndpoint":"wss:\/\/m-1.example"}]}"#
        .to_vec();
    assert_eq!(
        endpoint::parse(&mut body),
        Ok(endpoint::Endpoints {
            https: "https://r-1.example:8443",
            wss: "wss://m-1.example",
            webrtc: None,
        })
    );
}

#[test]
fn a_storage_session_has_an_endpoint_of_its_own() {
    let mut body = br#"{"ResourceEndpointList":[
        {"Protocol":"WEBRTC","ResourceEndpoint":"https:\/\/w-1.example"},
        {"Protocol":"HTTPS","ResourceEndpoint":"https://r-1.example"},
        {"Protocol":"WSS","ResourceEndpoint":"wss://m-1.example"}]}"#
        .to_vec();
    let endpoints = endpoint::parse(&mut body).expect("all three");
    assert_eq!(endpoints.webrtc, Some("https://w-1.example"));
}

#[test]
fn media_storage_is_enabled_or_not() {
    let parse = |configuration: &str| {
        let body = format!(r#"{{"MediaStorageConfiguration":{configuration}}}"#);
        media_storage::parse(body.as_bytes())
    };
    assert_eq!(parse(r#"{"Status":"ENABLED","StreamARN":"arn:x"}"#), Ok(true));
    assert_eq!(parse(r#"{"StreamARN":null,"Status":"DISABLED"}"#), Ok(false));
    for unknown in [r#"{"Status":""}"#, r#"{"Status":"enabled"}"#, r#"{"Status":1}"#] {
        assert_eq!(parse(unknown), Err(PeerError::Json), "{unknown}");
    }
    for missing in [r#"{}"#, r#"{"Status":null}"#, "null"] {
        assert_eq!(parse(missing), Err(PeerError::Missing), "{missing}");
    }
}

#[test]
fn both_endpoints_are_needed() {
    for list in [
        r#"[]"#,
        r#"[{"Protocol":"WSS","ResourceEndpoint":"wss://m"}]"#,
        r#"[{"Protocol":"HTTPS","ResourceEndpoint":"https://r"}]"#,
        r#"[{"Protocol":"HTTPS","ResourceEndpoint":"https://r"},{"Protocol":"WSS"}]"#,
        r#"[{"Protocol":"HTTPS","ResourceEndpoint":"https://r"},{"Protocol":"WS","ResourceEndpoint":"wss://m"}]"#,
    ] {
        let mut body = format!(r#"{{"ResourceEndpointList":{list}}}"#).into_bytes();
        assert_eq!(endpoint::parse(&mut body), Err(PeerError::Missing), "{list}");
    }
    assert_eq!(endpoint::parse(&mut b"{}".to_vec()), Err(PeerError::Missing));
}

#[test]
fn endpoints_are_never_plaintext() {
    let long = format!("wss://{}", "a".repeat(ENDPOINT_MAX));
    for url in ["ws://m", "http://m", "https://m", "m", "", "wss://", "wss://user@m", &long] {
        let mut body = format!(
            r#"{{"ResourceEndpointList":[{{"Protocol":"HTTPS","ResourceEndpoint":"https://r"}},
            {{"Protocol":"WSS","ResourceEndpoint":"{url}"}}]}}"#
        )
        .into_bytes();
        assert_eq!(endpoint::parse(&mut body), Err(PeerError::Endpoint), "{url}");
    }
}

#[test]
fn ice_servers_are_read() {
    let mut body = br#"{"IceServerList":[
        {"Password":"p1","Ttl":300,"Uris":["turn:a:443?transport=udp","turns:a:443"],"Username":"u1"},
        {"Uris":["turn:b"],"Ttl":298,"Username":"u\/2","Password":"p\u00322","Extra":[{}]}]}"#
        .to_vec();
    let config = ice_config::parse(&mut body).expect("a list");
    let [first, second] = config.servers() else { panic!("two servers") };
    assert_eq!(first.uris[..first.uri_count], ["turn:a:443?transport=udp", "turns:a:443"]);
    assert_eq!((first.username, first.password, first.ttl_s), ("u1", "p1", 300));
    assert_eq!(second.uris[..second.uri_count], ["turn:b"]);
    assert_eq!((second.username, second.password, second.ttl_s), ("u/2", "p22", 298));
    assert_eq!(config.ttl_s(), 298, "the one that ends first");
}

#[test]
fn more_ice_servers_and_uris_than_we_keep_are_ignored() {
    let server = r#"{"Uris":["a","b","c","d","e","f"],"Ttl":300}"#;
    let mut body = format!(r#"{{"IceServerList":[{}]}}"#, [server; 7].join(",")).into_bytes();
    let config = ice_config::parse(&mut body).expect("a list");
    assert_eq!(config.servers().len(), 5);
    assert!(config.servers().iter().all(|server| server.uri_count == 4));
}

#[test]
fn an_ice_uri_may_have_256_bytes() {
    // The C SDK refuses a list with one of 128 (spec §1.4).
    let list = |len: usize| {
        let uri = "u".repeat(len);
        format!(r#"{{"IceServerList":[{{"Uris":["{uri}"],"Ttl":300}}]}}"#).into_bytes()
    };
    assert!(ice_config::parse(&mut list(256)).is_ok());
    assert_eq!(ice_config::parse(&mut list(257)).err(), Some(PeerError::Json));
}

#[test]
fn an_ice_list_without_use_is_refused() {
    for (list, error) in [
        ("[]", PeerError::Missing),
        ("{}", PeerError::Missing),
        (r#"[{"Uris":[],"Ttl":300}]"#, PeerError::Missing),
        (r#"[{"Ttl":300}]"#, PeerError::Missing),
        (r#"[{"Uris":["a"]}]"#, PeerError::Missing),
        (r#"[{"Uris":["a"],"Ttl":null}]"#, PeerError::Missing),
        (r#"[{"Uris":["a"],"Ttl":"300"}]"#, PeerError::Json),
        (r#"[{"Uris":["a"],"Ttl":-1}]"#, PeerError::Json),
        (r#"[{"Uris":["a"],"Ttl":4294967296}]"#, PeerError::Json),
        (r#"[{"Uris":[7],"Ttl":300}]"#, PeerError::Json),
        (r#"[{"Uris":["a"],"Ttl":300,"Username":7}]"#, PeerError::Json),
        (r#"[{"Uris":["a"],"Ttl":300,"Password":"\ud800"}]"#, PeerError::Json),
        (r#"[{"Uris":["a"],"Ttl":300}"#, PeerError::Json),
    ] {
        let mut body = format!(r#"{{"IceServerList":{list}}}"#).into_bytes();
        assert_eq!(ice_config::parse(&mut body).err(), Some(error), "{list}");
    }
}

fn description(status: &str) -> Vec<u8> {
    format!(
        r#"{{"ChannelInfo":{{"ChannelARN":"{ARN}","ChannelName":"door",
        "ChannelStatus":"{status}","ChannelType":"SINGLE_MASTER","CreationTime":1.512345678901E9,
        "MessageTtlSeconds":1,"SingleMasterConfiguration":{{"MessageTtlSeconds":60}},
        "Version":"Kb9L"}}}}"#
    )
    .into_bytes()
}
