//! From a client's frame to its recipient (spec §3.2).

use super::channel::{Held, Recipient};
use super::error::{ErrorType, ServiceError};
use super::join::{STORAGE, is_for_storage};
use super::message::{Inbound, Message, MessageType};
use super::{Effect, Service, shape};
use crate::clock::Now;
use crate::config::Absent;
use crate::digest::Sha;
use crate::journal::{ConnId, Event, Text};

impl Service {
    /// Records a client's frame as seen, whatever becomes of it. Who it is for, and its measure.
    pub fn note(&mut self, conn: ConnId, inbound: &Inbound<'_>) -> Option<(u64, Sha)> {
        let measured = inbound.measure();
        let (size, sha) = measured
            .unwrap_or_else(|| (inbound.payload.len() as u64, Sha::of(inbound.payload.as_bytes())));
        let from = match self.sessions.get(&conn).map(|session| &session.seat) {
            Some(seat) => seat.text(),
            None => Text::from("unknown"),
        };
        let is_for_storage = self.sessions.get(&conn).is_some_and(|session| {
            let channel = self.channels.get(&session.arn);
            channel.is_some_and(|channel| is_for_storage(channel, &session.seat, inbound))
        });
        let to = match (self.sessions.get(&conn).map(|session| &session.seat), &inbound.recipient) {
            (Some(_), _) if is_for_storage => Text::from(STORAGE),
            (Some(Recipient::Master), Some(id)) => Text::from(clipped(id)),
            (Some(Recipient::Master), None) | (None, _) => Text::from("unknown"),
            (Some(Recipient::Viewer(_)), _) => Text::from("master"),
        };
        let corr = inbound.correlation_id.as_deref().map(|id| clipped(id).to_owned());
        let kind = inbound.kind.map_or("unknown", MessageType::name);
        self.journal(Some(conn), Event::WsIn { kind, from, to, size, sha, corr });
        measured
    }

    /// Routes a frame already [noted](Self::note).
    ///
    /// # Errors
    /// What is wrong with it. The caller answers with STATUS_RESPONSE when there is a correlation
    /// id, and silence otherwise.
    pub fn route(
        &mut self,
        now: Now,
        conn: ConnId,
        inbound: &Inbound<'_>,
        measured: Option<(u64, Sha)>,
    ) -> Result<(), ServiceError> {
        let invalid = |text: String| ServiceError::new(ErrorType::InvalidArgument, text);
        let kind = inbound.kind.ok_or_else(|| invalid("Unknown action.".into()))?;
        self.admit_send(now, conn, kind)?;
        let limit = self.settings.payload_limit;
        if inbound.payload.len() > limit {
            return Err(invalid(format!("messagePayload is longer than {limit} characters.")));
        }
        let measured = measured
            .filter(|(size, _)| *size > 0)
            .ok_or_else(|| invalid("messagePayload is empty or not base64.".into()))?;
        if let Some(id) = &inbound.correlation_id {
            shape::require_name(id, "correlationId")?;
        }
        let Some(session) = self.sessions.get(&conn) else { return Ok(()) };
        let channel = self.channels.get(&session.arn);
        if channel.is_some_and(|channel| is_for_storage(channel, &session.seat, inbound)) {
            return Ok(());
        }
        let recipient = match &session.seat {
            Recipient::Viewer(_) => Recipient::Master,
            Recipient::Master => {
                let id = inbound
                    .recipient
                    .as_deref()
                    .ok_or_else(|| shape::missing("recipientClientId"))?;
                shape::require_name(id, "recipientClientId")?;
                Recipient::Viewer(Text::from(id))
            }
        };
        let message = Message::relayed(kind, session.client_id(), inbound, measured);
        let arn = session.arn.clone();
        if self.answers_alexa(&arn, &recipient, inbound) {
            return Ok(());
        }
        self.hold(now, &arn, recipient, message)
    }

    /// STATUS_RESPONSE to the sender of a frame, if it asked for one.
    pub fn refuse(&mut self, conn: ConnId, inbound: &Inbound<'_>, error: &ServiceError) {
        if let Some(id) = inbound.correlation_id.as_deref().filter(|id| shape::is_name(id)) {
            let (name, status) = (error.kind.name(), error.kind.status());
            let message = Message::status_response(id, name, status, &error.message);
            self.effects.push(Effect::Tell(conn, message));
        }
        let why = match error.kind {
            ErrorType::ClientLimitExceeded => "quota",
            ErrorType::ResourceNotFound => "absent",
            ErrorType::AccessDenied
            | ErrorType::ExpiredToken
            | ErrorType::IncompleteSignature
            | ErrorType::InvalidArgument
            | ErrorType::InvalidSignature
            | ErrorType::MissingAuthenticationToken
            | ErrorType::NoDataRetention
            | ErrorType::ResourceInUse
            | ErrorType::Serialization
            | ErrorType::TagsPerResourceExceededLimit
            | ErrorType::UnknownOperation
            | ErrorType::UnrecognizedClient
            | ErrorType::VersionMismatch => "invalid",
        };
        self.dropped(conn, inbound, why);
    }

    /// Records that a client's frame goes no further.
    pub fn dropped(&mut self, conn: ConnId, inbound: &Inbound<'_>, why: &'static str) {
        let kind = inbound.kind.map_or("unknown", MessageType::name);
        self.journal(Some(conn), Event::Dropped { kind, why });
    }

    /// Queues a message until its recipient's connection takes it.
    pub(super) fn hold(
        &mut self,
        now: Now,
        arn: &str,
        recipient: Recipient,
        message: Message,
    ) -> Result<(), ServiceError> {
        let absent = self.settings.policies.absent;
        let Some(channel) = self.channels.get_mut(arn) else {
            return Err(ServiceError::channel_not_found());
        };
        let connected = channel.connected(&recipient);
        let kind = message.kind.name();
        match (connected, absent) {
            (Some(_), _) | (None, Absent::Hold) => {}
            (None, Absent::Drop) => {
                self.journal(None, Event::Dropped { kind, why: "absent" });
                return Ok(());
            }
            (None, Absent::StatusResponse) => {
                let text = "The recipient is not connected.";
                return Err(ServiceError::new(ErrorType::ResourceNotFound, text));
            }
        }
        let until_us = now.plus(channel.message_ttl);
        let queue = channel.waiting.entry(recipient).or_default();
        let before = queue.len();
        if message.kind == MessageType::SdpOffer {
            // A newer offer of the same viewer replaces an undelivered one (AWS's documentation).
            queue.retain(|held| {
                held.message.kind != message.kind || held.message.from != message.from
            });
        }
        let replaced = before - queue.len();
        queue.push_back(Held { message, until_us });
        self.tick_at(Some(until_us));
        for _ in 0..replaced {
            self.journal(None, Event::Dropped { kind, why: "replaced" });
        }
        self.effects.extend(connected.map(Effect::Pending));
        Ok(())
    }

    fn admit_send(
        &mut self,
        now: Now,
        conn: ConnId,
        kind: MessageType,
    ) -> Result<(), ServiceError> {
        let Some(session) = self.sessions.get_mut(&conn) else { return Ok(()) };
        let bucket = match kind {
            MessageType::IceCandidate => &mut session.ice,
            MessageType::SdpOffer
            | MessageType::SdpAnswer
            | MessageType::GoAway
            | MessageType::ReconnectIceServer
            | MessageType::StatusResponse => &mut session.sdp,
        };
        if !self.settings.quotas.sends || bucket.take(now.us) {
            return Ok(());
        }
        Err(ServiceError::rate_exceeded())
    }
}

/// Ids in the journal are those a client may use; longer ones are cut.
fn clipped(id: &str) -> &str {
    let mut end = id.len().min(256);
    while !id.is_char_boundary(end) {
        end -= 1;
    }
    id.get(..end).unwrap_or("")
}
