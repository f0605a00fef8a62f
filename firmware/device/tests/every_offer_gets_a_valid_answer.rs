//! Whatever is offered, the answer is JSON with a session description that mirrors the offer.

use std::collections::BTreeSet;

use kvs_device::app::App;
use kvs_device::demo::Demo;
use kvs_signaling::event::{Event, Link, MessageKind, PeerId, Ticket};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What Chromium 130 offers for one video and one audio to receive and a data channel, shortened
/// to the attributes that matter.
const CHROMIUM: &str = include_str!("support/chromium_offer.sdp");

/// The answer and the candidates to `payload`.
fn answers(seed: u8, sender: &str, payload: &[u8]) -> Vec<(MessageKind, Value)> {
    let mut demo = Demo::<4>::new([seed; 32]);
    let (link, from, kind) = (Link(1), PeerId::MASTER, MessageKind::SdpOffer);
    demo.event(&Event::Message { link, from, sender, kind, payload });
    let mut room = vec![0; 16_384];
    let mut said = Vec::new();
    loop {
        let Some(outgoing) = demo.next(&mut room) else { return said };
        let value = serde_json::from_slice(outgoing.message.payload).expect("JSON");
        said.push((outgoing.message.kind, value));
        demo.sent(Ok(Ticket(u32::try_from(said.len()).expect("few"))));
    }
}

fn answer(payload: &[u8]) -> String {
    let said = answers(1, "viewer", payload);
    let kinds: Vec<_> = said.iter().map(|(kind, _)| *kind).collect();
    let candidate = MessageKind::IceCandidate;
    assert_eq!(kinds, [MessageKind::SdpAnswer, candidate, candidate, candidate]);
    assert_eq!(said[0].1["type"], "answer");
    said[0].1["sdp"].as_str().expect("sdp").to_owned()
}

fn offer(sdp: &str) -> Vec<u8> {
    json!({ "type": "offer", "sdp": sdp }).to_string().into_bytes()
}

/// The media sections of a description, each from its `m=` line, after the session's own lines.
fn sections(sdp: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut lines = sdp.lines().peekable();
    let mut take = || {
        let mut taken: Vec<&str> = lines.next().into_iter().collect();
        while let Some(line) = lines.next_if(|line| !line.starts_with("m=")) {
            taken.push(line);
        }
        taken
    };
    let session = take();
    let mut media = Vec::new();
    loop {
        let section = take();
        if section.is_empty() {
            return (session, media);
        }
        media.push(section);
    }
}

fn attribute<'s>(section: &[&'s str], name: &str) -> Option<&'s str> {
    let key = format!("a={name}:");
    section.iter().find_map(|line| line.strip_prefix(key.as_str()))
}

/// Fails unless `answer` is well formed and fits `offered` (RFC 3264 §6, RFC 8829 §5.3).
fn check(offered: &str, answer: &str) {
    assert!(answer.ends_with("\r\n") && answer.starts_with("v=0\r\no=- "), "{answer}");
    assert!(!answer.replace("\r\n", "").contains(['\r', '\n']), "lines end in CRLF only");
    let ((_, offered), (session, media)) = (sections(offered), sections(answer));
    if !offered.is_empty() {
        assert_eq!(media.len(), offered.len(), "one section for each offered:\n{answer}");
    }
    let bundled: Vec<_> = session
        .iter()
        .find_map(|line| line.strip_prefix("a=group:BUNDLE "))
        .map_or(Vec::new(), |mids| mids.split(' ').collect());
    let mut accepted_mids = Vec::new();
    for (index, section) in media.iter().enumerate() {
        let words: Vec<_> = section[0].split(' ').collect();
        if let Some(theirs) = offered.get(index) {
            let theirs_words: Vec<_> = theirs[0].split(' ').collect();
            assert_eq!(words[0], theirs_words[0], "kind of section {index}");
            assert_eq!(words[2], theirs_words[2], "transport of section {index}");
            assert!(theirs_words[3..].contains(&words[3]), "format of section {index}");
            assert_eq!(attribute(section, "mid"), attribute(theirs, "mid"));
        }
        if words[1] == "0" {
            continue;
        }
        accepted_mids.extend(attribute(section, "mid"));
        check_transport(section);
        if words[0] != "m=application" {
            let map = attribute(section, "rtpmap").expect("a codec");
            assert_eq!(map.split(' ').next(), Some(words[3]));
            assert!(section.contains(&"a=rtcp-mux"), "{section:?}");
        }
    }
    assert!(bundled.iter().all(|mid| accepted_mids.contains(mid)), "{bundled:?}");
}

fn check_transport(section: &[&str]) {
    assert!(attribute(section, "ice-ufrag").expect("ufrag").len() >= 4);
    assert!(attribute(section, "ice-pwd").expect("pwd").len() >= 22);
    assert_eq!(attribute(section, "setup"), Some("active"));
    let fingerprint = attribute(section, "fingerprint").expect("fingerprint");
    let digits = fingerprint.strip_prefix("sha-256 ").expect("SHA-256");
    let bytes: Vec<_> = digits.split(':').collect();
    assert_eq!(bytes.len(), 32);
    let upper = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
    assert!(bytes.iter().all(|byte| byte.len() == 2 && byte.chars().all(upper)), "{digits}");
}

#[test]
fn a_browsers_offer_is_mirrored() {
    let sdp = CHROMIUM.replace('\n', "\r\n");
    let answer = answer(&offer(&sdp));
    check(&sdp, &answer);
    let (session, media) = sections(&answer);
    assert!(session.contains(&"a=group:BUNDLE 0 1 2"), "{answer}");
    assert_eq!(media[0][0], "m=audio 9 UDP/TLS/RTP/SAVPF 111");
    assert!(media[0].contains(&"a=rtpmap:111 opus/48000/2"));
    assert!(media[0].contains(&"a=sendonly"), "what is recvonly is sent");
    assert_eq!(media[1][0], "m=video 9 UDP/TLS/RTP/SAVPF 96");
    assert!(media[1].contains(&"a=rtpmap:96 VP8/90000"));
    assert!(media[1].contains(&"a=sendonly"), "what is sendrecv is sent");
    assert_eq!(media[2][0], "m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
    assert!(media[2].contains(&"a=sctp-port:5000"));
}

#[test]
fn h264_parameters_are_those_of_the_chosen_payload_type() {
    let sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 98 102 103\r\na=mid:v\r\na=rtpmap:98 VP9/90000\r\n\
        a=rtpmap:103 H264/90000\r\na=fmtp:103 packetization-mode=0;profile-level-id=42001f\r\n\
        a=rtpmap:102 H264/90000\r\n\
        a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f\r\n";
    let answer = answer(&offer(sdp));
    check(sdp, &answer);
    assert!(answer.contains("m=video 9 UDP/TLS/RTP/SAVPF 102\r\n"), "{answer}");
    assert!(answer.contains(
        "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f\r\n"
    ));
    assert!(!answer.contains("BUNDLE"), "none was offered");
}

#[test]
fn what_cannot_be_sent_is_refused_in_place() {
    let sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE a b c\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 45\r\na=mid:a\r\na=rtpmap:45 AV1/90000\r\n\
        m=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:b\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=bundle-only\r\na=mid:c\r\na=rtpmap:96 VP8/90000\r\n";
    let answer = answer(&offer(sdp));
    check(sdp, &answer);
    let (session, media) = sections(&answer);
    assert_eq!(media[0][0], "m=video 0 UDP/TLS/RTP/SAVPF 45");
    assert_eq!(media[1][0], "m=audio 0 UDP/TLS/RTP/SAVPF 0");
    assert_eq!(media[2][0], "m=video 9 UDP/TLS/RTP/SAVPF 96", "bundle-only is no refusal");
    assert!(session.contains(&"a=group:BUNDLE c"));
    let candidates = answers(1, "viewer", &offer(sdp));
    assert_eq!(
        (&candidates[1].1["sdpMid"], &candidates[1].1["sdpMLineIndex"]),
        (&json!("c"), &json!(2))
    );
}

#[test]
fn candidates_are_host_candidates_with_ports_of_their_own() {
    let said = answers(1, "viewer", &offer(&CHROMIUM.replace('\n', "\r\n")));
    let ports: BTreeSet<_> = said[1..]
        .iter()
        .map(|(_, value)| {
            assert_eq!((&value["sdpMid"], &value["sdpMLineIndex"]), (&json!("0"), &json!(0)));
            let text = value["candidate"].as_str().expect("candidate");
            let words: Vec<_> = text.split(' ').collect();
            assert!(words[0].starts_with("candidate:"), "{text}");
            assert_eq!((words[1], words[2], words[4]), ("1", "udp", "127.0.0.1"));
            assert_eq!((words[6], words[7]), ("typ", "host"));
            words[5].parse::<u16>().expect("a port")
        })
        .collect();
    assert_eq!(ports.len(), 3);
}

#[test]
fn answers_differ_by_offer_viewer_and_seed_and_by_nothing_else() {
    let sdp = CHROMIUM.replace('\n', "\r\n");
    let (one, other) = (offer(&sdp), offer(&sdp.replace("o=- 4", "o=- 5")));
    let first = answers(1, "viewer", &one);
    assert_eq!(first, answers(1, "viewer", &one));
    for different in
        [answers(1, "viewer", &other), answers(1, "rival", &one), answers(2, "viewer", &one)]
    {
        for (mine, theirs) in first.iter().zip(&different) {
            assert_ne!(mine, theirs);
        }
    }
}

#[test]
fn more_sections_than_can_be_mirrored_get_no_answer_rather_than_a_wrong_one() {
    let sdp = format!("v=0\r\n{}", "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n".repeat(9));
    assert!(answers(1, "viewer", &offer(&sdp)).is_empty());
}

/// One media section, sensible or not.
fn any_section() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec!["audio", "video", "application", "audio", "video"]);
    let port = prop::sample::select(vec!["9", "0", "50000"]);
    let formats = prop::collection::vec(0_u8..128, 1..40);
    let codec = prop::sample::select(vec![
        "opus/48000/2",
        "H264/90000",
        "vp8/90000",
        "AV1/90000",
        "PCMU/8000",
        "red/8000",
        "",
    ]);
    let direction =
        prop::sample::select(vec!["sendrecv", "sendonly", "recvonly", "inactive", "x-none"]);
    let rest = prop::collection::vec("[ -~]{0,40}", 0..4);
    (kind, port, formats, codec, direction, "[A-Za-z0-9]{1,4}", rest).prop_map(
        |(kind, port, formats, codec, direction, mid, rest)| {
            let list: Vec<_> = formats.iter().map(u8::to_string).collect();
            let (proto, list) = match kind {
                "application" => ("UDP/DTLS/SCTP", "webrtc-datachannel".to_owned()),
                _ => ("UDP/TLS/RTP/SAVPF", list.join(" ")),
            };
            let rest: String = rest.iter().map(|line| format!("a=x-{line}\r\n")).collect();
            let last = formats.last().copied().unwrap_or(0);
            format!(
                "m={kind} {port} {proto} {list}\r\na=mid:{mid}\r\na=rtpmap:{last} {codec}\r\n\
                 a={direction}\r\n{rest}"
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_sections_in_any_order_are_mirrored(sections in prop::collection::vec(any_section(), 0..8)) {
        let sdp = format!("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n{}", sections.concat());
        check(&sdp, &answer(&offer(&sdp)));
    }

    #[test]
    fn any_bytes_are_answered(payload in prop::collection::vec(any::<u8>(), 0..600)) {
        check("", &answer(&payload));
    }

    #[test]
    fn any_text_in_the_description_is_answered(sdp in "(m=[a-z ]{0,9}[ -~]{0,20}\r?\n|[ -~]{0,30}\r?\n){0,7}") {
        let said = answers(1, "viewer", &offer(&sdp));
        prop_assert_eq!(said.len(), 4);
    }

    #[test]
    fn any_json_around_the_description_is_skipped(depth in 0_usize..20, text in "[ -~]{0,30}") {
        let mut value = json!(text);
        for level in 0..depth {
            value = if level % 2 == 0 { json!([value, 1.5e3, null]) } else { json!({ "sdp": value }) };
        }
        let payload = json!({ "a": value, "sdp": "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:deep\r\n" });
        let answer = answer(payload.to_string().as_bytes());
        prop_assert!(answer.contains("a=mid:deep\r\n"), "{}", answer);
    }
}
