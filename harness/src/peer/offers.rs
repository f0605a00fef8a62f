//! Which of a peer's offers are answered, and which are due to be sent again.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

/// Offers remembered for matching: far more than any scenario has in flight.
const KEPT: usize = 1_024;
/// Re-sends of one offer before the peer gives up, as a person in front of a viewer would.
const RESENDS_MAX: u32 = 20;

type Fields = Vec<(&'static str, Value)>;

/// One peer's offers in the order sent.
pub struct Offers {
    resend_after: Option<Duration>,
    sent: Vec<Offer>,
}

struct Offer {
    sha: String,
    /// Kept only for a peer that sends again.
    frame: String,
    fields: Fields,
    answer: Option<String>,
    due: Option<Instant>,
    resends: u32,
}

impl Offers {
    /// Offers, sent again when unanswered for `resend_after`.
    pub fn new(resend_after: Option<Duration>) -> Self {
        Self { resend_after, sent: Vec::new() }
    }

    /// Remembers one that goes out now.
    pub fn sent(&mut self, sha: &str, frame: String, fields: Fields) {
        if self.sent.len() == KEPT {
            self.sent.remove(0);
        }
        let kept = self.resend_after.is_some();
        self.sent.push(Offer {
            sha: sha.to_owned(),
            frame: if kept { frame } else { String::new() },
            fields: if kept { fields } else { Fields::new() },
            answer: None,
            due: self.resend_after.map(|wait| Instant::now() + wait),
            resends: 0,
        });
    }

    /// The SHA of the offer that a received answer belongs to. An answer seen before belongs to
    /// its offer again; a new one to the oldest offer without (answers name no offer, and the
    /// service keeps the order).
    pub fn answered(&mut self, received: &[(&'static str, Value)]) -> Option<String> {
        let field = |name| {
            let value = received.iter().find(|(key, _)| *key == name);
            value.and_then(|(_, value)| value.as_str())
        };
        if field("type") != Some("SDP_ANSWER") {
            return None;
        }
        let sha = field("sha")?;
        let again = self.sent.iter().position(|offer| offer.answer.as_deref() == Some(sha));
        let open = || self.sent.iter().position(|offer| offer.answer.is_none());
        let offer = again.or_else(open).and_then(|index| self.sent.get_mut(index))?;
        offer.answer = Some(sha.to_owned());
        offer.due = None;
        offer.frame = String::new();
        Some(offer.sha.clone())
    }

    /// When the next unanswered offer is due again.
    pub fn next_resend(&self) -> Option<Instant> {
        self.resend_after?;
        self.sent.iter().filter_map(|offer| offer.due).min()
    }

    /// One offer that is due: its very frame, its record, and the how-many-eth re-send this is.
    pub fn take_due(&mut self) -> Option<(String, Fields, u32)> {
        let now = Instant::now();
        let wait = self.resend_after?;
        let due = |offer: &&mut Offer| offer.due.is_some_and(|at| at <= now);
        let offer = self.sent.iter_mut().find(due)?;
        offer.resends += 1;
        offer.due = (offer.resends < RESENDS_MAX).then(|| now + wait);
        Some((offer.frame.clone(), offer.fields.clone(), offer.resends))
    }
}
