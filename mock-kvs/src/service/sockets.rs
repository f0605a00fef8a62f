//! ConnectAsMaster, ConnectAsViewer, and what a connection is handed (spec §3.1).

use super::channel::{Held, Recipient};
use super::control::connect_quota;
use super::error::{ErrorType, ServiceError};
use super::ice::require_connecting_id;
use super::quota::{Bucket, ICE_PER_SOCKET, SDP_PER_SOCKET};
use super::{Effect, Ending, Service, Session, shape};
use crate::change::{ChannelStatus, Role, Target};
use crate::clock::Now;
use crate::config::Displaced;
use crate::journal::{ConnId, Event, Text};

/// A WebSocket upgrade, as far as the service judges it.
#[derive(Clone, Debug)]
pub struct Connect<'a> {
    /// The connection.
    pub conn: ConnId,
    /// X-Amz-ChannelARN.
    pub arn: &'a str,
    /// X-Amz-ClientId: makes it a viewer.
    pub client_id: Option<&'a str>,
}

/// A message on its way into a connection's link.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    arn: String,
    recipient: Recipient,
    held: Held,
}

impl Taken {
    /// What to send.
    pub fn message(&self) -> &super::message::Message {
        &self.held.message
    }
}

impl Service {
    /// Seats a connection: the most recent one of an identity wins, at once.
    ///
    /// # Errors
    /// Members outside the model, no such channel, too many viewers or connects.
    pub fn connect(&mut self, now: Now, connect: &Connect<'_>) -> Result<(), ServiceError> {
        shape::require_arn(connect.arn)?;
        let seat = match connect.client_id {
            None => Recipient::Master,
            Some(client_id) => {
                require_connecting_id(client_id)?;
                Recipient::Viewer(Text::from(client_id))
            }
        };
        let viewers = self.settings.quotas.viewers;
        let channel = self.channels.get(connect.arn).ok_or_else(ServiceError::channel_not_found)?;
        if channel.status != ChannelStatus::Active {
            return Err(ServiceError::channel_not_found());
        }
        let role = if connect.client_id.is_some() { Role::Viewer } else { Role::Master };
        self.admit(now, connect_quota(role), Some(connect.arn))?;
        let Some(channel) = self.channels.get_mut(connect.arn) else {
            return Err(ServiceError::channel_not_found());
        };
        if role == Role::Viewer
            && channel.connected(&seat).is_none()
            && channel.viewers.len() >= viewers
        {
            let text = "The maximum number of viewers are connected to the channel.";
            return Err(ServiceError::new(ErrorType::ClientLimitExceeded, text));
        }
        let displaced = channel.seat(&seat, connect.conn);
        let waits = channel.waiting.get(&seat).is_some_and(|queue| !queue.is_empty());
        let session = Session {
            arn: connect.arn.to_owned(),
            seat,
            sdp: Bucket::new(SDP_PER_SOCKET, now.us),
            ice: Bucket::new(ICE_PER_SOCKET, now.us),
        };
        self.sessions.insert(connect.conn, session);
        if let Some(displaced) = displaced {
            self.displaced(displaced);
        }
        if waits {
            self.effects.push(Effect::Pending(connect.conn));
        }
        Ok(())
    }

    /// A connection is over.
    pub fn disconnect(&mut self, conn: ConnId) {
        if let Some(session) = self.sessions.remove(&conn)
            && let Some(channel) = self.channels.get_mut(&session.arn)
        {
            channel.leave(&session.seat, conn);
        }
    }

    /// The next message for a connection; it is consumed unless it is [put back](Self::put_back).
    pub fn take(&mut self, now: Now, conn: ConnId) -> Option<Taken> {
        let session = self.sessions.get(&conn)?;
        let channel = self.channels.get_mut(&session.arn)?;
        if channel.connected(&session.seat) != Some(conn) {
            return None;
        }
        let queue = channel.waiting.get_mut(&session.seat)?;
        let mut dropped = Vec::new();
        let mut found = None;
        while let Some(held) = queue.pop_front() {
            if held.until_us > now.us {
                found = Some(held);
                break;
            }
            dropped.push(held.message.kind.name());
        }
        let taken = found.map(|held| Taken {
            arn: session.arn.clone(),
            recipient: session.seat.clone(),
            held,
        });
        for kind in dropped {
            self.journal(Some(conn), Event::Dropped { kind, why: "ttl" });
        }
        taken
    }

    /// A message did not get into the link: whoever connects next gets it, first.
    pub fn put_back(&mut self, taken: Taken) {
        let Some(channel) = self.channels.get_mut(&taken.arn) else { return };
        let until = taken.held.until_us;
        let connected = channel.connected(&taken.recipient);
        channel.waiting.entry(taken.recipient).or_default().push_front(taken.held);
        self.effects.extend(connected.map(Effect::Pending));
        self.tick_at(Some(until));
    }

    /// A connection loses its place.
    pub fn displace(&mut self, conn: ConnId) {
        if let Some(session) = self.sessions.get(&conn)
            && let Some(channel) = self.channels.get_mut(&session.arn)
        {
            channel.leave(&session.seat, conn);
        }
        self.displaced(conn);
    }

    /// The open connections that fit a target's role and client id, in order.
    pub fn fitting(&self, target: &Target) -> Vec<ConnId> {
        self.sessions
            .iter()
            .filter(|(_, session)| target.role.is_none_or(|role| role == session.role()))
            .filter(|(_, session)| {
                let id = session.client_id().map(|id| &**id);
                target.client_id.is_none() || target.client_id.as_deref() == id
            })
            .map(|(conn, _)| *conn)
            .collect()
    }

    /// Role and client id of an open connection.
    pub fn identity(&self, conn: ConnId) -> Option<(Role, Option<Text>)> {
        let session = self.sessions.get(&conn)?;
        Some((session.role(), session.client_id().cloned()))
    }

    fn displaced(&mut self, conn: ConnId) {
        self.channel_changed("displaced", Some(conn));
        let ending = match self.settings.policies.displaced {
            Displaced::Normal => Ending::Close { code: 1000, reason: String::new() },
            Displaced::GoingAway => Ending::Close { code: 1001, reason: "Going away".into() },
            Displaced::Drop => Ending::Drop,
            Displaced::Deaf => return,
        };
        self.effects.push(Effect::End(conn, ending));
    }
}
