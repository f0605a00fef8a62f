use kvs_signaling::event::{CloseReason, SendFailure};
use kvs_signaling::{MessageKind, OnLoss, PeerId, ResourceError, Role, State, Ticket};

use crate::support::{Options, Rig, Told};

fn anna(rig: &mut Rig) -> PeerId {
    rig.session.peer_id("anna").expect("room")
}

fn ends(rig: &Rig, ticket: Ticket) -> Vec<Told> {
    let of_ticket = |told: &Told| match told {
        Told::Confirmed(known, _) | Told::Failed(known, _) => *known == ticket,
        _ => false,
    };
    rig.told.iter().map(|(_, told)| told.clone()).filter(|told| of_ticket(told)).collect()
}

fn reset(rig: &mut Rig) {
    let link = rig.socket();
    rig.end(link, CloseReason::Reset);
}

/// One message of which the port has taken `n` bytes when the link dies.
fn cut_after(n: usize, kind: MessageKind, on_loss: OnLoss) -> (Rig, Ticket) {
    let mut rig = Rig::connected(Options::default());
    let anna = anna(&mut rig);
    rig.writes = 0;
    let ticket = rig.send_with(anna, kind, &"x".repeat(900), "", on_loss).expect("room");
    if n > 0 {
        rig.release(n);
    }
    reset(&mut rig);
    rig.writes = usize::MAX;
    rig.run(5_000);
    assert_eq!(rig.session.state(), State::Connected);
    (rig, ticket)
}

#[test]
fn a_confirmed_message_was_answered_for_by_a_pong_behind_it() {
    let mut rig = Rig::connected(Options::default());
    let anna = anna(&mut rig);
    rig.service.pongs = false;
    let ticket = rig.send(anna, MessageKind::SdpAnswer, "answer").expect("room");
    let link = rig.socket();
    assert_eq!(rig.count(|told| *told == Told::Written(ticket, link)), 1);
    assert_eq!(ends(&rig, ticket), []);
    let pings = rig.service.frames(link, 9);
    assert_eq!(pings.len(), 1);
    let counter = pings[0].payload.clone();
    rig.service.frame(link, 10, b"not this one");
    rig.settle();
    assert_eq!(ends(&rig, ticket), []);
    rig.service.frame(link, 10, &counter);
    rig.settle();
    assert_eq!(ends(&rig, ticket), [Told::Confirmed(ticket, link)]);
}

#[test]
fn one_ping_confirms_a_burst() {
    let mut rig = Rig::connected(Options::default());
    let anna = anna(&mut rig);
    let tickets: Vec<Ticket> = (0..10)
        .map(|number| {
            rig.send(anna, MessageKind::IceCandidate, &format!("c{number}")).expect("room")
        })
        .collect();
    rig.run(1_000);
    for ticket in tickets {
        assert_eq!(ends(&rig, ticket).len(), 1);
    }
    assert!(rig.count(|told| *told == Told::Ping) <= 10);
}

#[test]
fn half_a_message_goes_out_whole_on_the_next_link() {
    for n in [0, 1, 7, 8, 500, 1_200] {
        let (rig, ticket) = cut_after(n, MessageKind::IceCandidate, OnLoss::Retry);
        let sent = &rig.service.messages;
        assert_eq!(sent.len(), 1, "cut after {n}");
        assert!(
            sent[0].text.starts_with(r#"{"action":"ICE_CANDIDATE","recipientClientId":"anna""#)
        );
        assert_eq!(sent[0].link, rig.socket());
        assert_eq!(ends(&rig, ticket), [Told::Confirmed(ticket, rig.socket())]);
    }
}

#[test]
fn half_a_message_is_reported_when_that_is_the_policy() {
    let (rig, ticket) = cut_after(500, MessageKind::IceCandidate, OnLoss::Report);
    assert!(rig.service.messages.is_empty());
    assert_eq!(ends(&rig, ticket), [Told::Failed(ticket, SendFailure::LinkLost)]);
}

#[test]
fn an_answer_goes_out_again_whatever_the_policy() {
    // Its offer will not be delivered a second time, so nobody else would answer it.
    let (rig, ticket) = cut_after(500, MessageKind::SdpAnswer, OnLoss::Report);
    assert_eq!(rig.service.messages.len(), 1);
    assert_eq!(ends(&rig, ticket), [Told::Confirmed(ticket, rig.socket())]);
}

#[test]
fn a_message_written_to_a_link_that_died_is_reported_as_unconfirmed() {
    let mut rig = Rig::connected(Options::default());
    let anna = anna(&mut rig);
    rig.service.pongs = false;
    let ticket = rig.send(anna, MessageKind::IceCandidate, "candidate").expect("room");
    reset(&mut rig);
    assert_eq!(ends(&rig, ticket), [Told::Failed(ticket, SendFailure::Unconfirmed)]);
}

#[test]
fn messages_wait_for_the_next_link_until_they_are_too_old() {
    let mut rig = Rig::connected(Options::default());
    rig.opens = Err(CloseReason::Unreachable);
    reset(&mut rig);
    let anna = anna(&mut rig);
    let early = rig.send(anna, MessageKind::SdpAnswer, "early").expect("room");
    rig.run(50_000);
    let late = rig.send(anna, MessageKind::IceCandidate, "late").expect("room");
    rig.run(10_000);
    assert_eq!(ends(&rig, early), [Told::Failed(early, SendFailure::Expired)]);
    rig.opens = Ok(true);
    rig.run(30_000);
    assert_eq!(rig.service.messages.len(), 1);
    assert_eq!(ends(&rig, late), [Told::Confirmed(late, rig.socket())]);
}

#[test]
fn a_refusal_of_the_service_reaches_the_sender() {
    let mut rig = Rig::connected(Options::default());
    let anna = anna(&mut rig);
    let ticket = rig.send_with(anna, MessageKind::SdpAnswer, "a", "id-1", OnLoss::Retry);
    let ticket = ticket.expect("room");
    let link = rig.socket();
    assert_eq!(ends(&rig, ticket), [Told::Confirmed(ticket, link)]);
    let refusal = r#"{"messageType":"STATUS_RESPONSE","statusResponse":{"correlationId":"ID","errorType":"InvalidArgumentException","statusCode":"400","description":"no"}}"#;
    rig.service.text(link, &refusal.replace("ID", "id-1"));
    rig.service.text(link, &refusal.replace("ID", "id-2"));
    rig.settle();
    let told = |ticket, id: &str| Told::Status {
        ticket,
        correlation_id: id.into(),
        code: 400,
        error: "InvalidArgumentException".into(),
    };
    assert_eq!(rig.count(|found| *found == told(Some(ticket), "id-1")), 1);
    assert_eq!(rig.count(|found| *found == told(None, "id-2")), 1);
    assert_eq!(ends(&rig, ticket)[1..], [Told::Failed(ticket, SendFailure::Rejected)]);
}

#[test]
fn the_queue_is_bounded_and_says_so() {
    let mut rig = Rig::connected(Options::default());
    let anna = anna(&mut rig);
    rig.writes = 0;
    let large = "x".repeat(4_000);
    let mut tickets = Vec::new();
    let refused = loop {
        match rig.send(anna, MessageKind::SdpAnswer, &large) {
            Ok(ticket) => tickets.push(ticket),
            Err(error) => break error,
        }
    };
    assert_eq!((tickets.len(), refused), (2, ResourceError::QueueFull));
    assert_eq!(
        rig.send(anna, MessageKind::SdpAnswer, &"x".repeat(14_000)),
        Err(ResourceError::QueueFull)
    );
    rig.writes = usize::MAX;
    rig.release(1);
    let link = rig.socket();
    rig.run(1_000);
    for ticket in tickets {
        assert_eq!(ends(&rig, ticket), [Told::Confirmed(ticket, link)]);
    }
    assert_eq!(
        rig.send(anna, MessageKind::SdpAnswer, &"x".repeat(14_000)),
        Err(ResourceError::SendTooLarge)
    );
    assert_eq!(rig.session.metrics(rig.now()).errors, 3);
    rig.writes = 0;
    let many = (0..100).take_while(|_| rig.send(anna, MessageKind::IceCandidate, "c").is_ok());
    assert_eq!(many.count(), 48);
}

#[test]
fn only_what_makes_sense_is_taken() {
    let mut rig = Rig::connected(Options::default());
    let anna = anna(&mut rig);
    let answer = MessageKind::SdpAnswer;
    assert_eq!(rig.send(anna, MessageKind::Unknown, "x"), Err(ResourceError::NotSendable));
    assert_eq!(rig.send(anna, answer, ""), Err(ResourceError::NotSendable));
    assert_eq!(rig.send(PeerId::MASTER, answer, "x"), Err(ResourceError::NotSendable));
    let bad_id = rig.send_with(anna, answer, "x", "a b", OnLoss::Retry);
    assert_eq!(bad_id, Err(ResourceError::CorrelationId));
    for number in 0..10 {
        rig.session.peer_id(&format!("viewer{number}")).expect("room");
    }
    assert_eq!(rig.send(anna, answer, "x"), Err(ResourceError::UnknownPeer));

    let mut rig = Rig::connected(Options { role: Role::Viewer("anna"), ..Options::default() });
    let offer = rig.send(PeerId::MASTER, MessageKind::SdpOffer, "x");
    assert_eq!(ends(&rig, offer.expect("room")).len(), 1);
    assert_eq!(rig.service.messages[0].text, r#"{"action":"SDP_OFFER","messagePayload":"eA=="}"#);

    let mut idle = Rig::new(Options::default());
    assert_eq!(idle.send(PeerId::MASTER, answer, "x"), Err(ResourceError::NotSendable));
}

#[test]
fn the_services_quotas_are_kept_and_so_is_the_order() {
    let mut rig = Rig::connected(Options::default());
    let anna = anna(&mut rig);
    for number in 0..8 {
        rig.send(anna, MessageKind::SdpAnswer, &format!("{number}")).expect("room");
    }
    for number in 8..38 {
        rig.send(anna, MessageKind::IceCandidate, &format!("{number}")).expect("room");
    }
    rig.run(10_000);
    let sent = &rig.service.messages;
    assert_eq!(sent.len(), 38);
    for (kind, limit) in [("SDP_ANSWER", 5), ("ICE_CANDIDATE", 20)] {
        let times: Vec<u64> =
            sent.iter().filter(|m| m.text.contains(kind)).map(|m| m.at_ms).collect();
        for from in &times {
            let within = times.iter().filter(|at| (*from..from + 1_000).contains(at)).count();
            assert!(within <= limit, "{kind}: {times:?}");
        }
    }
    use base64::Engine as _;
    let payloads = sent.iter().map(|message| {
        let (_, rest) = message.text.split_once(r#""messagePayload":""#).expect("a payload");
        let text = rest.split('"').next().expect("its end");
        base64::prelude::BASE64_STANDARD.decode(text).expect("base64")
    });
    assert!(payloads.eq((0..38).map(|number| format!("{number}").into_bytes())));
}

#[test]
fn a_message_too_old_when_its_link_dies_does_not_wait_for_another() {
    let mut rig = Rig::connected(Options::default());
    let anna = anna(&mut rig);
    rig.writes = 0;
    let ticket = rig.send(anna, MessageKind::IceCandidate, "candidate").expect("room");
    let link = rig.socket();
    // The service pings, so that the link is alive, and takes nothing.
    for _ in 0..7 {
        rig.run(9_000);
        rig.service.frame(link, 9, b"");
        rig.settle();
    }
    assert_eq!(ends(&rig, ticket), []);
    assert!(rig.run_until(30_000, |rig| rig.session.state() != State::Connected));
    assert_eq!(ends(&rig, ticket), [Told::Failed(ticket, SendFailure::Expired)]);
}
