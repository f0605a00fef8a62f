//! Each viewer gets one answer, its own, and the candidates that belong to it.

mod support;

use serde_json::Value;
use support::{Bench, Board, Service};

fn offer(ufrag: &str) -> Vec<u8> {
    let sdp = format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {ufrag}\r\n\
         m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:{ufrag}\r\na=recvonly\r\n\
         a=rtpmap:96 H264/90000\r\n"
    );
    serde_json::json!({ "type": "offer", "sdp": sdp }).to_string().into_bytes()
}

fn json(payload: &[u8]) -> Value {
    serde_json::from_slice(payload).expect("JSON")
}

/// Checks what `viewer` received for the offer made with `mid`; gives the answer's ufrag.
fn check(service: &Service, viewer: &str, mid: &str) -> String {
    let answers = service.messages("SDP_ANSWER", viewer);
    assert_eq!(answers.len(), 1, "{viewer} has one answer");
    let sdp = json(&answers[0])["sdp"].as_str().expect("sdp").to_owned();
    assert!(sdp.contains(&format!("a=mid:{mid}\r\n")), "{viewer} has its own answer:\n{sdp}");
    let ufrag = sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).expect("ufrag");
    let candidates = service.messages("ICE_CANDIDATE", viewer);
    assert_eq!(candidates.len(), 3, "{viewer} has three candidates");
    for candidate in candidates {
        let candidate = json(&candidate);
        assert_eq!(candidate["sdpMid"], mid);
        let text = candidate["candidate"].as_str().expect("candidate");
        assert!(text.ends_with(&format!("ufrag {ufrag}")), "{viewer}: {text}");
    }
    ufrag.to_owned()
}

#[test]
fn two_viewers_at_once_each_get_their_own() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let mut bytes = Service::message("SDP_OFFER", "alice", &offer("a"));
    bytes.extend(Service::message("SDP_OFFER", "bob", &offer("b")));
    board.last_wire().give(&bytes);
    bench.until("eight messages", |board| board.count("out") == 8);
    bench.settle();
    let (alice, bob) = (check(&bench.service, "alice", "a"), check(&bench.service, "bob", "b"));
    assert_ne!(alice, bob);
}

#[test]
fn equal_offers_of_two_viewers_have_different_answers() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    for viewer in ["alice", "bob"] {
        board.last_wire().give(&Service::message("SDP_OFFER", viewer, &offer("0")));
    }
    bench.until("eight messages", |board| board.count("out") == 8);
    bench.settle();
    assert_ne!(check(&bench.service, "alice", "0"), check(&bench.service, "bob", "0"));
}

#[test]
fn a_dozen_viewers_at_once_are_all_answered() {
    let board = Board::default();
    let mut bench = Bench::new(&board);
    bench.connect();
    let viewers: Vec<_> = (0..12).map(|n| (format!("viewer-{n}"), format!("m{n}"))).collect();
    let bytes: Vec<u8> = viewers
        .iter()
        .flat_map(|(viewer, mid)| Service::message("SDP_OFFER", viewer, &offer(mid)))
        .collect();
    board.last_wire().give(&bytes);
    bench.until("48 written messages", |board| board.count("written") == 48);
    bench.settle();
    let mut ufrags: Vec<_> =
        viewers.iter().map(|(viewer, mid)| check(&bench.service, viewer, mid)).collect();
    ufrags.sort();
    ufrags.dedup();
    assert_eq!(ufrags.len(), 12);
}

#[test]
fn the_same_offer_after_a_restart_has_the_same_answer() {
    let answer = || {
        let board = Board::default();
        let mut bench = Bench::new(&board);
        bench.connect();
        board.last_wire().give(&Service::message("SDP_OFFER", "alice", &offer("0")));
        bench.until("four messages", |board| board.count("written") == 4);
        bench.settle();
        bench.service.messages("SDP_ANSWER", "alice")
    };
    assert_eq!(answer(), answer());
}
