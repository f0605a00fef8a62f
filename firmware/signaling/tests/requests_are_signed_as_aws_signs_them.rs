//! Whole requests, compared with what AWS's own Rust signer (the crate aws-sigv4) makes of them.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SessionTokenMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use kvs_signaling::call::post::{self, Call};
use kvs_signaling::call::{
    connect, create, describe, endpoint, ice_config, join_storage, media_storage, time_sync,
};
use kvs_signaling::config::HTTP_MIN;
use kvs_signaling::wire::http1::RequestWriter;
use kvs_signaling::wire::json::Writer;
use kvs_signaling::wire::sigv4::{Keys, Presign, Signing};
use kvs_signaling::{Channel, ResourceError, Role, Tag, UnixTime};
use proptest::prelude::*;

const ARN: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door.bell_1-a/1512345678901";
const NOW_S: u64 = 1_767_225_600;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_call_carries_the_signature_aws_would_give_it(
        secret in "[A-Za-z0-9/+]{1,128}",
        token in "([A-Za-z0-9/+]{4,400}={0,2})?",
        name in "[a-zA-Z0-9_.-]{1,256}",
        agent in "[ -~]{1,80}",
        at_s in 1_500_000_000u64..4_000_000_000,
    ) {
        // A header's value neither begins nor ends with white space on the wire.
        let agent = format!("kvs{agent}/1");
        let keys = Keys { access_key_id: "AKIDEXAMPLE", secret_key: &secret, session_token: &token };
        let call = Call {
            authority: "kinesisvideo.us-west-2.amazonaws.com:8443",
            path: describe::PATH,
            user_agent: &agent,
            signing: Signing { keys, region: "us-west-2", at: UnixTime(at_s * 1000 + 999) },
        };
        let mut buf = [0; HTTP_MIN];
        let len = post::write(&mut buf, &call, |json| describe::write_body(json, &name));
        let request = Request::parse(&buf[..len.expect("it fits")]);

        prop_assert_eq!(&request.body, &format!("{{\"ChannelName\":\"{name}\"}}"));
        let expected = aws_headers(&request, &keys, at_s);
        prop_assert_eq!(request.field("authorization"), Some(expected.as_str()));
        let sent = (!token.is_empty()).then_some(token.as_str());
        prop_assert_eq!(request.field("x-amz-security-token"), sent);
    }

    #[test]
    fn an_upgrade_carries_the_query_aws_would_give_it(
        secret in "[A-Za-z0-9/+]{1,128}",
        token in "([A-Za-z0-9/+]{4,400}={0,2})?",
        client_id in prop::option::of("[a-zA-Z0-9_.-]{1,256}"),
        at_s in 1_500_000_000u64..4_000_000_000,
        expires_s in 1u32..604_800,
    ) {
        let keys = Keys { access_key_id: "AKIDEXAMPLE", secret_key: &secret, session_token: &token };
        let signing = Signing { keys, region: "us-west-2", at: UnixTime(at_s * 1000) };
        let url = Presign {
            authority: "m-1a2b.kinesisvideo.us-west-2.amazonaws.com",
            path: "/",
            channel_arn: ARN,
            client_id: client_id.as_deref(),
            expires_s,
        };
        let mut buf = [0; HTTP_MIN];
        let len = connect::write(&mut buf, &signing, &url, "kvs/1", b"dGhlIHNhbXBsZSBub25jZQ==");
        let request = Request::parse(&buf[..len.expect("it fits")]);

        let expected = aws_query(&url, &keys, at_s);
        let query = request.target.strip_prefix("/?").expect("path and query");
        prop_assert_eq!(query.split('&').map(str::to_owned).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_call_without_session_token_has_no_trace_of_one() {
    let bytes = describe_request("");
    let text = core::str::from_utf8(&bytes).expect("ASCII").to_ascii_lowercase();
    assert!(!text.contains("security-token"), "{text}");
    assert!(text.contains("signedheaders=host;user-agent;x-amz-date,"), "{text}");
}

#[test]
fn the_session_token_is_signed() {
    let bytes = describe_request("token");
    let request = Request::parse(&bytes);
    let authorization = request.field("authorization").expect("signed");
    assert!(
        authorization.contains("SignedHeaders=host;user-agent;x-amz-date;x-amz-security-token,"),
        "{authorization}"
    );
}

#[test]
fn a_call_looks_like_this() {
    let bytes = describe_request("");
    let text = core::str::from_utf8(&bytes).expect("ASCII");
    let (unsigned, rest) = text.split_once("Authorization:").expect("signed");
    assert_eq!(
        unsigned,
        "POST /describeSignalingChannel HTTP/1.1\r\n\
         Host: kinesisvideo.us-west-2.amazonaws.com\r\n\
         User-Agent: kvs/1\r\n\
         Content-Type: application/json\r\n\
         Content-Length: 22\r\n\
         X-Amz-Date: 20260101T000000Z\r\n"
    );
    let credential = " AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-west-2/kinesisvideo/";
    assert!(rest.starts_with(&format!("{credential}aws4_request, SignedHeaders=")), "{rest}");
    assert!(rest.ends_with("\r\n\r\n{\"ChannelName\":\"door\"}"), "{rest}");
}

#[test]
fn an_upgrade_looks_like_this() {
    let signing = signing("");
    let mut buf = [0; HTTP_MIN];
    let url = master("m-1.kinesisvideo.us-west-2.amazonaws.com:443");
    let len = connect::write(&mut buf, &signing, &url, "kvs/1", b"dGhlIHNhbXBsZSBub25jZQ==");
    let text = core::str::from_utf8(&buf[..len.expect("it fits")]).expect("ASCII");
    let (target, fields) = text.split_once(" HTTP/1.1\r\n").expect("a request line");
    let (query, signature) = target.split_once("&X-Amz-Signature=").expect("a signature, last");
    assert_eq!(
        query,
        "GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-ChannelARN=arn%3Aaws%3Akinesisvideo%3Aus-west-2%3A123456789012%3Achannel%2F\
         door.bell_1-a%2F1512345678901\
         &X-Amz-Credential=AKIDEXAMPLE%2F20260101%2Fus-west-2%2Fkinesisvideo%2Faws4_request\
         &X-Amz-Date=20260101T000000Z&X-Amz-Expires=299&X-Amz-SignedHeaders=host"
    );
    assert_eq!(signature.len(), 64);
    assert_eq!(
        fields,
        "Host: m-1.kinesisvideo.us-west-2.amazonaws.com:443\r\n\
         User-Agent: kvs/1\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
}

fn channel<'t>(tags: &'t [Tag<'t>]) -> Channel<'t> {
    let (arn, region) = (None, "us-west-2");
    Channel {
        name: "door",
        arn,
        region,
        create: true,
        media_storage: false,
        message_ttl_s: 60,
        tags,
    }
}

#[test]
fn tags_follow_the_channel_they_are_for() {
    let tags = [Tag { key: "Ort", value: "Hof \"Süd\"" }, Tag { key: "b", value: "" }];
    let mut buf = [0; 256];
    let mut json = Writer::new(&mut buf);
    create::write_body(&mut json, &channel(&tags));
    let len = json.finish().expect("room");
    let expected = concat!(
        r#"{"ChannelName":"door","ChannelType":"SINGLE_MASTER","#,
        r#""SingleMasterConfiguration":{"MessageTtlSeconds":60},"#,
        r#""Tags":[{"Key":"Ort","Value":"Hof \"Süd\""},{"Key":"b","Value":""}]}"#,
    );
    assert_eq!(core::str::from_utf8(&buf[..len]), Ok(expected));
}

#[test]
fn bodies_say_what_the_service_model_asks_for() {
    let cases: [(&str, WriteBody, &str); 9] = [
        (
            "create",
            |json| create::write_body(json, &channel(&[])),
            concat!(
                r#"{"ChannelName":"door","ChannelType":"SINGLE_MASTER","#,
                r#""SingleMasterConfiguration":{"MessageTtlSeconds":60}}"#,
            ),
        ),
        (
            "endpoint, master",
            |json| endpoint::write_body(json, "arn", Role::Master, false),
            concat!(
                r#"{"ChannelARN":"arn","SingleMasterChannelEndpointConfiguration":"#,
                r#"{"Protocols":["WSS","HTTPS"],"Role":"MASTER"}}"#,
            ),
        ),
        (
            "endpoint, viewer",
            |json| endpoint::write_body(json, "arn", Role::Viewer("v"), false),
            concat!(
                r#"{"ChannelARN":"arn","SingleMasterChannelEndpointConfiguration":"#,
                r#"{"Protocols":["WSS","HTTPS"],"Role":"VIEWER"}}"#,
            ),
        ),
        (
            "ice, master",
            |json| ice_config::write_body(json, "arn", ""),
            r#"{"ChannelARN":"arn","Service":"TURN"}"#,
        ),
        (
            "ice, viewer",
            |json| ice_config::write_body(json, "arn", "v"),
            r#"{"ChannelARN":"arn","ClientId":"v","Service":"TURN"}"#,
        ),
        (
            "endpoint, with storage",
            |json| endpoint::write_body(json, "arn", Role::Master, true),
            concat!(
                r#"{"ChannelARN":"arn","SingleMasterChannelEndpointConfiguration":"#,
                r#"{"Protocols":["WSS","HTTPS","WEBRTC"],"Role":"MASTER"}}"#,
            ),
        ),
        ("media storage", |json| media_storage::write_body(json, "arn"), r#"{"ChannelARN":"arn"}"#),
        (
            "join, master",
            |json| join_storage::write_body(json, "arn", Role::Master),
            r#"{"channelArn":"arn"}"#,
        ),
        (
            "join, viewer",
            |json| join_storage::write_body(json, "arn", Role::Viewer("v")),
            r#"{"channelArn":"arn","clientId":"v"}"#,
        ),
    ];
    for (what, body, expected) in cases {
        let mut buf = [0; 512];
        let mut json = Writer::new(&mut buf);
        body(&mut json);
        let len = json.finish().expect("it fits");
        assert_eq!(core::str::from_utf8(&buf[..len]), Ok(expected), "{what}");
    }
}

#[test]
fn the_largest_upgrade_fits_the_smallest_buffer() {
    // Every `/` of the token becomes three characters.
    let token = "/".repeat(2048 / 3) + &"x".repeat(2048 - 2048 / 3);
    let key_id = "A".repeat(128);
    let client_id = "v".repeat(256);
    let authority = format!("{}:65535", "h".repeat(240));
    let arn = format!(
        "arn:aws-us-gov:kinesisvideo:us-gov-west-1:123456789012:channel/{}/1512345678901",
        "n".repeat(256)
    );
    let mut signing = signing(&token);
    signing.keys.access_key_id = &key_id;
    let url = Presign { channel_arn: &arn, client_id: Some(&client_id), ..master(&authority) };
    let mut buf = [0; HTTP_MIN];
    let key = b"dGhlIHNhbXBsZSBub25jZQ==";
    let len = connect::write(&mut buf, &signing, &url, &"u".repeat(256), key);
    assert!(len.is_ok_and(|len| len > 4096), "{len:?}");
}

#[test]
fn a_request_too_large_for_its_buffer_is_refused_at_any_size() {
    let whole = describe_request("token").len();
    for size in 0..whole + 8 {
        let mut buf = vec![0; size];
        let signing = signing("token");
        let written =
            post::write(&mut buf, &call(signing), |json| describe::write_body(json, "door"));
        let expected = if size < whole { Err(ResourceError::RequestTooLarge) } else { Ok(whole) };
        assert_eq!(written, expected, "buffer of {size}");
    }
    assert_eq!(
        connect::write(&mut [0; 300], &signing(""), &master("host"), "kvs/1", &[b'k'; 24]),
        Err(ResourceError::RequestTooLarge)
    );
    assert_eq!(time_sync::write(&mut [0; 16], "h", "u"), Err(ResourceError::RequestTooLarge));
}

#[test]
fn a_setting_cannot_smuggle_a_header_in() {
    for agent in ["kvs\r\nX-Evil: 1", "kvs\nx", "kvs\0", "kvs\u{7f}"] {
        let mut buf = [0; 512];
        let mut request = RequestWriter::new(&mut buf, "GET", |target| target.text("/"));
        request.header("User-Agent", &[agent]);
        assert_eq!(request.finish(), None, "{agent:?}");
    }
}

#[test]
fn the_time_request_is_unsigned() {
    let mut buf = [0; 256];
    let len = time_sync::write(&mut buf, "kinesisvideo.eu-west-1.amazonaws.com", "kvs/1");
    let request = Request::parse(&buf[..len.expect("it fits")]);
    assert_eq!(request.field("host"), Some("kinesisvideo.eu-west-1.amazonaws.com"));
    assert_eq!(request.field("authorization"), None);
}

type WriteBody = fn(&mut Writer<'_>);

fn describe_request(token: &str) -> Vec<u8> {
    let mut buf = [0; HTTP_MIN];
    let len =
        post::write(&mut buf, &call(signing(token)), |json| describe::write_body(json, "door"));
    buf[..len.expect("it fits")].to_vec()
}

fn call(signing: Signing<'_>) -> Call<'_> {
    Call {
        authority: "kinesisvideo.us-west-2.amazonaws.com",
        path: describe::PATH,
        user_agent: "kvs/1",
        signing,
    }
}

fn signing(token: &str) -> Signing<'_> {
    let keys =
        Keys { access_key_id: "AKIDEXAMPLE", secret_key: "wJalrXUtnFEMI", session_token: token };
    Signing { keys, region: "us-west-2", at: UnixTime(NOW_S * 1000) }
}

fn master(authority: &str) -> Presign<'_> {
    Presign {
        authority,
        path: "/",
        channel_arn: ARN,
        client_id: None,
        expires_s: connect::EXPIRES_S_MAX,
    }
}

/// A request taken apart.
struct Request {
    target: String,
    fields: Vec<(String, String)>,
    body: String,
}

impl Request {
    fn parse(bytes: &[u8]) -> Self {
        let text = core::str::from_utf8(bytes).expect("ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        let mut lines = head.split("\r\n");
        let mut request_line = lines.next().expect("a request line").split(' ');
        let target = request_line.nth(1).expect("a target").to_owned();
        let fields = lines
            .map(|line| line.split_once(": ").expect("name and value"))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let request = Self { target, fields, body: body.to_owned() };
        let length = request.field("content-length").unwrap_or("0");
        assert_eq!(length.parse(), Ok(body.len()), "the announced length");
        request
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The Authorization header AWS's signer gives a call, signing the headers we sign.
fn aws_headers(request: &Request, keys: &Keys<'_>, at_s: u64) -> String {
    let host = request.field("host").expect("a host");
    let agent = request.field("user-agent").expect("an agent");
    let mut settings = SigningSettings::default();
    // By default that signer leaves the user agent out.
    settings.excluded_headers = None;
    let headers = [("host", host), ("user-agent", agent)];
    let uri = format!("https://{host}{}", request.target);
    let body = SignableBody::Bytes(request.body.as_bytes());
    let request = SignableRequest::new("POST", uri, headers.into_iter(), body).expect("signable");
    let output = aws_sign(request, settings, keys, at_s);
    let (_, value) =
        output.0.into_iter().find(|(name, _)| name == "authorization").expect("signed");
    value
}

/// The query AWS's signer gives an upgrade, sorted by name with the signature last.
fn aws_query(url: &Presign<'_>, keys: &Keys<'_>, at_s: u64) -> Vec<String> {
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(u64::from(url.expires_s)));
    settings.session_token_mode = SessionTokenMode::Include;
    let mut own = vec![("X-Amz-ChannelARN".to_owned(), url.channel_arn.to_owned())];
    own.extend(url.client_id.map(|id| ("X-Amz-ClientId".to_owned(), id.to_owned())));
    let encoded: Vec<String> = own.iter().map(|(name, value)| pair(name, value)).collect();
    let uri = format!("https://{}{}?{}", url.authority, url.path, encoded.join("&"));
    let headers = [("host", url.authority)];
    let body = SignableBody::Bytes(b"");
    let request = SignableRequest::new("GET", uri, headers.into_iter(), body).expect("signable");
    let (_, params) = aws_sign(request, settings, keys, at_s);
    let mut query = encoded;
    query.extend(params.iter().map(|(name, value)| pair(name, value)));
    query.sort_by_key(|pair| (pair.starts_with("X-Amz-Signature="), pair.clone()));
    query
}

/// Headers and query parameters the signer adds.
type Added = (Vec<(String, String)>, Vec<(String, String)>);

fn aws_sign(
    request: SignableRequest<'_>,
    settings: SigningSettings,
    keys: &Keys<'_>,
    at_s: u64,
) -> Added {
    let token = (!keys.session_token.is_empty()).then(|| keys.session_token.to_owned());
    let identity =
        Credentials::new(keys.access_key_id, keys.secret_key, token, None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-west-2")
        .name("kinesisvideo")
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(at_s))
        .settings(settings)
        .build()
        .expect("complete parameters")
        .into();
    let (instructions, _) = sign(request, &params).expect("signed").into_parts();
    let (headers, query) = instructions.into_parts();
    let headers =
        headers.iter().map(|header| (header.name().to_owned(), header.value().to_owned()));
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), value.to_string()));
    (headers.collect(), query.collect())
}

fn pair(name: &str, value: &str) -> String {
    let mut text = format!("{name}=");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
