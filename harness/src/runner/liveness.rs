//! Every run ends healed: without faults the device must be CONNECTED again and answer an offer
//! that nobody has touched.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::console::{Answer, Order};
use super::plan::Ended;
use super::stage::{Pumped, Stage};
use crate::history::{Record, SERVICE};
use crate::peer::{Ask, Outgoing};
use crate::scenario::model::{Actor, DEVICE, Joins, Role};

/// The longest a healed device may take: a call that began under the fault runs out (TCP 10 s, TLS
/// 20 s, upgrade 15 s), the longest back-off (20 s), a reconnect; or a half-open link is noticed
/// (25 s) first.
const LIVENESS_LIMIT: Duration = Duration::from_secs(90);
/// An answer takes milliseconds. An offer that fell into a link already dead is lost with it, so
/// another is made after this.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Decoded bytes of the fresh offer.
const OFFER_SIZE: usize = 1_200;
/// The peer's name when the scenario has none for it.
const PEER: &str = "liveness";

impl Stage {
    /// Removes all faults and demands a sign of life.
    ///
    /// # Errors
    /// Failed, when there is none in time.
    pub async fn liveness(&mut self) -> Result<(), Ended> {
        self.rules.clear();
        self.mock.heal_all();
        self.say("heal", Vec::new());
        self.say("phase", vec![("name", json!("liveness"))]);
        let peer = self.partner().await?;
        let until = Instant::now() + LIVENESS_LIMIT;
        loop {
            self.until_connected(until).await?;
            if self.offer_answered(&peer, until.min(Instant::now() + ANSWER_LIMIT)).await? {
                return Ok(());
            }
            if Instant::now() >= until {
                return Err(dead("it answered no fresh offer"));
            }
        }
    }

    /// Who talks with the device: an actor of the scenario on the other side, or one made now.
    async fn partner(&mut self) -> Result<String, Ended> {
        let role = self.plan.scenario.device.role.other();
        let actors = self.plan.scenario.single_actors();
        // One that is there from the start: others may be there to be refused.
        let fits =
            |(_, actor): &(String, &Actor)| actor.role == role && actor.joins == Joins::Start;
        if let Some((name, _)) = actors.into_iter().find(fits) {
            return Ok(name);
        }
        let actor = Actor {
            role,
            client_id: None,
            count: None,
            joins: Joins::Step,
            resend_unanswered_after: None,
        };
        self.add_peer(PEER, &actor).await?;
        Ok(PEER.to_owned())
    }

    async fn until_connected(&mut self, until: Instant) -> Result<(), Ended> {
        let traced = self.plan.board.spec().traced();
        let connected = if traced { connected } else { connected_at_service };
        while !connected(self.recorder.records()) {
            if self.pump(until).await? == Pumped::Due {
                return Err(dead("it is not connected"));
            }
        }
        Ok(())
    }

    async fn offer_answered(&mut self, peer: &str, until: Instant) -> Result<bool, Ended> {
        let mut scanned = self.recorder.records().len();
        let device_offers = self.plan.scenario.device.role == Role::Viewer;
        if device_offers {
            if let Some(master) = self.peers.get(peer) {
                master.ask(Ask::Connect);
            }
            let order = Order::new("send")
                .with("to", "")
                .with("type", "SDP_OFFER")
                .with("size", OFFER_SIZE);
            if let Answer::Nak(why) = self.command(order).await? {
                return Err(Ended::Failed(format!("the device refused to send an offer: {why}")));
            }
        } else if let Some(viewer) = self.peers.get(peer) {
            viewer.ask(Ask::Send(Outgoing {
                kind: "SDP_OFFER".into(),
                size: Some(OFFER_SIZE),
                to: None,
                corr: None,
                name: Some(PEER.into()),
            }));
        }
        let mut offer = None;
        loop {
            while let Some(record) = self.recorder.records().get(scanned) {
                scanned += 1;
                if record.is(peer, "peer.unsent") {
                    return self.let_pass(until).await.map(|()| false);
                }
                if record.is(peer, "peer.send") && record.says("as", PEER) {
                    offer = record.text("sha").map(str::to_owned);
                }
                let answer = record.says("type", "SDP_ANSWER");
                let to_viewer =
                    record.is(peer, "peer.recv") && record.text("of") == offer.as_deref();
                let to_device = device_offers && record.is(DEVICE, "in");
                if answer && (to_device || (to_viewer && offer.is_some())) {
                    return Ok(true);
                }
            }
            if self.pump(until).await? == Pumped::Due {
                return Ok(false);
            }
        }
    }
}

/// What the device itself says last of its WebSocket.
fn connected(records: &[Record]) -> bool {
    let link = |record: &Record| record.fields.get("link").and_then(Value::as_u64);
    let mut later_closed = Vec::new();
    for record in records.iter().rev().filter(|record| record.source == DEVICE) {
        match record.event.as_str() {
            "closed" | "half_open" => later_closed.push(link(record)),
            "connected" => return !later_closed.contains(&link(record)),
            "stopped" => return false,
            _ => {}
        }
    }
    false
}

/// The same, as the service sees it: the newest WebSocket is still open.
fn connected_at_service(records: &[Record]) -> bool {
    let ours = |record: &&Record| record.source == SERVICE && record.says("actor", DEVICE);
    let mut ended = Vec::new();
    for record in records.iter().rev().filter(ours) {
        match record.event.as_str() {
            "conn.end" | "ws.close" => ended.push(record.uint("conn")),
            "ws.open" => return !ended.contains(&record.uint("conn")),
            _ => {}
        }
    }
    false
}

fn dead(what: &str) -> Ended {
    let limit = LIVENESS_LIMIT.as_secs();
    Ended::Failed(format!("not alive: within {limit} s after all faults were removed {what}"))
}
