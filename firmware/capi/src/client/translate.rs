//! What the session tells, in the SDK's words: states, messages, errors (spec §4.7, §4.8).

use std::time::Duration;

use kvs_device::App;
use kvs_device::app::{Outgoing, Provided};
use kvs_signaling::event::{Api, SendFailure};
use kvs_signaling::{Cause, Error, Event, MessageKind, PeerError, ResourceError, State, Ticket};

use super::Client;
use super::shared::{Failed, Incoming, Job, Outcome, Shared};
use crate::abi::status::signaling as code;
use crate::abi::{Status, state, status};
use crate::platform;

/// A lost connection that is not back by then is reported: the SDK's budget for its one attempt.
const RECONNECT: Duration = Duration::from_secs(15);

/// The session's application: passes everything on, decides nothing.
pub(super) struct Translator<'c> {
    pub(super) client: &'c Client,
}

impl App for Translator<'_> {
    fn event(&mut self, event: &Event<'_>) {
        let mut shared = self.client.lock();
        match event {
            Event::State { from, to, cause } => moved(&mut shared, *from, *to, *cause),
            Event::CallDone { api, status, .. } => beside_a_socket(&mut shared, *api, *status),
            Event::Message { sender, kind, payload, .. } => {
                if *kind == MessageKind::SdpOffer {
                    shared.counted.offer_received_ms = self.client.unix_ms();
                }
                if self.client.application.wants_messages() {
                    let (sender, payload) = ((*sender).to_owned(), payload.to_vec());
                    shared.messages.push_back(Incoming { sender, kind: *kind, payload });
                }
            }
            Event::Written { ticket, .. } => settle(&mut shared, *ticket, Outcome::Written),
            Event::SendFailed { ticket, why } => {
                settle(&mut shared, *ticket, Outcome::Failed(*why));
            }
            Event::Confirmed { ticket, .. } => {
                shared.sends.waiting.retain(|_, sent| !sent.left || sent.ticket != Some(*ticket));
            }
            Event::Status { code: number, error, text, correlation_id, .. } => {
                let said = format!("{correlation_id}: {number} {error}: {text}");
                shared.jobs.push_back(Job::Error(code::MESSAGE_DELIVERY_FAILED, said));
            }
            Event::IceServers { .. } => {
                shared.ice_lists += 1;
                shared.ice_failures = 0;
            }
            Event::StorageJoined { .. } => joined(&mut shared),
            Event::Error(error) => refused(&mut shared, *error),
            Event::ClockLearned { .. }
            | Event::CredentialsTaken { .. }
            | Event::Retry { .. }
            | Event::Connected { .. }
            | Event::Duplicate { .. }
            | Event::GoAway { .. }
            | Event::ReconnectIce { .. }
            | Event::Ping { .. }
            | Event::Pong { .. }
            | Event::HalfOpen { .. } => {}
        }
        drop(shared);
        self.client.changed.notify_all();
    }

    fn next<'a>(&'a mut self, _: &'a mut [u8]) -> Option<Outgoing<'a>> {
        // Callers send through commands.
        None
    }

    fn sent(&mut self, _: Result<Ticket, ResourceError>) {}

    fn credentials(&mut self) -> Provided<'_> {
        // A provider may take its time over the network: never on the pump's thread.
        self.client.lock().jobs.push_back(Job::Credentials);
        self.client.changed.notify_all();
        Provided::Later
    }
}

/// The session moved.
fn moved(shared: &mut Shared, from: State, to: State, cause: Cause) {
    shared.session = to;
    match to {
        State::Idle | State::TimeSync => {}
        State::Credentials => shared.enter(state::GET_CREDENTIALS),
        State::Describe => shared.enter(state::DESCRIBE),
        State::Create => shared.enter(state::CREATE),
        State::MediaStorage => {
            shared.storage_off = false;
            shared.enter(state::DESCRIBE_MEDIA);
        }
        State::Endpoint => {
            // The SDK looks a channel up that it has just created. The answer to that call is known
            // already, so it is not made; who counts states finds what it always found.
            if shared.state == state::CREATE {
                shared.enter(state::DESCRIBE);
            }
            shared.enter(state::GET_ENDPOINT);
        }
        State::IceConfig => shared.enter(state::GET_ICE_CONFIG),
        State::Ready => ready(shared),
        State::Connecting => {
            // After a lost connection the SDK passes through READY each time.
            if !matches!(shared.state, state::READY | state::CONNECTING) {
                shared.enter(state::READY);
            }
            shared.enter(state::CONNECTING);
        }
        State::Connected => {
            shared.online = true;
            shared.joined = false;
            shared.enter(state::CONNECTED);
            if shared.joins() {
                shared.enter(state::JOIN_SESSION);
            } else {
                shared.reconnect_by = None;
            }
        }
        State::Leaving => shared.enter(state::DESCRIBE),
        State::Waiting => failed(shared, from),
        State::Deleting => shared.enter(state::DELETE),
        State::Closing => shared.online = false,
        State::Stopped => stopped(shared, from, cause),
    }
}

/// The storage session's offer came; it may overtake the answer to the call that asked for it.
fn joined(shared: &mut Shared) {
    if shared.state == state::JOIN_SESSION {
        shared.enter(state::JOIN_SESSION_WAITING);
    }
    shared.joined = true;
    shared.reconnect_by = None;
    shared.enter(state::JOIN_SESSION_CONNECTED);
}

/// READY is told once, however often nothing was missing.
fn ready(shared: &mut Shared) {
    if shared.state != state::READY {
        shared.enter(state::READY);
    }
}

fn failed(shared: &mut Shared, from: State) {
    if matches!(from, State::Connected | State::Leaving) {
        shared.reconnect_by = Some(platform::now() + RECONNECT);
        // Where the SDK's reconnect thread begins.
        return shared.enter(state::GET_CREDENTIALS);
    }
    count_failure(shared, shared.state);
}

fn count_failure(shared: &mut Shared, state: u32) {
    let times = if shared.failed.state == state { shared.failed.times + 1 } else { 1 };
    shared.failed = Failed { state, times };
}

fn waits_for_offer(shared: &mut Shared) {
    if shared.state != state::JOIN_SESSION {
        // The offer did not come in time, and was asked for again.
        shared.enter(state::JOIN_SESSION);
    }
    shared.enter(state::JOIN_SESSION_WAITING);
}

fn stopped(shared: &mut Shared, from: State, cause: Cause) {
    shared.reconnect_by = None;
    shared.online = false;
    if cause == Cause::Deleted {
        if shared.state != state::DELETE {
            shared.enter(state::DELETE);
        }
        return shared.enter(state::DELETED);
    }
    if !shared.quiet && from != State::Ready {
        shared.enter(state::DISCONNECTED);
        shared.enter(state::READY);
    }
}

/// Calls beside a live socket do not move the session; the SDK tells them as states.
fn beside_a_socket(shared: &mut Shared, api: Api, http_status: u16) {
    if !shared.is_up() {
        return;
    }
    let succeeded = http_status == 200;
    if api == Api::JoinStorage && !shared.joined {
        return match succeeded {
            true => waits_for_offer(shared),
            false => count_failure(shared, state::JOIN_SESSION),
        };
    }
    match api {
        Api::IceConfig if succeeded && shared.session == State::Connected => {
            for entered in
                [state::GET_ICE_CONFIG, state::READY, state::CONNECTING, state::CONNECTED]
            {
                shared.enter(entered);
            }
            if shared.joined {
                // The SDK joins anew with each refresh; the session that stands is as good.
                shared.enter(state::JOIN_SESSION_CONNECTED);
            }
        }
        Api::IceConfig if succeeded => shared.enter(state::GET_ICE_CONFIG),
        Api::IceConfig => shared.ice_failures += 1,
        Api::Endpoint if succeeded => shared.enter(state::GET_ENDPOINT),
        Api::TimeSync
        | Api::Describe
        | Api::Create
        | Api::MediaStorage
        | Api::Endpoint
        | Api::JoinStorage
        | Api::IotCredentials
        | Api::Delete
        | Api::Connect => {}
    }
}

/// What became of a message.
fn settle(shared: &mut Shared, ticket: Ticket, outcome: Outcome) {
    let sending = shared.sends.sending;
    let found = shared.sends.waiting.iter_mut().find(|(id, waiting)| {
        waiting.ticket == Some(ticket) || (waiting.ticket.is_none() && sending == Some(**id))
    });
    let reported = match (found, outcome) {
        // The call waits, and takes it from there.
        (Some((_, waiting)), _) if !waiting.left && waiting.outcome.is_none() => {
            waiting.outcome = Some(outcome);
            return;
        }
        (_, Outcome::Failed(why)) => why,
        (_, Outcome::Written | Outcome::Refused(_)) => return,
    };
    shared.sends.waiting.retain(|_, waiting| waiting.ticket != Some(ticket));
    // A call that returned success, or timed out: only this way the application hears of it.
    if reported != SendFailure::Stopped {
        let text = format!("a sent message was lost: {}", reported.as_str());
        shared.jobs.push_back(Job::Error(code::MESSAGE_DELIVERY_FAILED, text));
    }
}

/// A received message was no good. What goes wrong with calls is their callers' to hear.
fn refused(shared: &mut Shared, error: Error) {
    let reported: Option<Status> = match error {
        Error::Peer(PeerError::StorageDisabled) => {
            // Then a connection is all there is to be had, as in the SDK.
            shared.storage_off = true;
            if matches!(shared.state, state::JOIN_SESSION | state::JOIN_SESSION_WAITING) {
                shared.reconnect_by = None;
                shared.enter(state::CONNECTED);
            }
            None
        }
        Error::Peer(PeerError::Binary) => Some(code::RECEIVE_BINARY_DATA_NOT_SUPPORTED),
        Error::Peer(PeerError::Message) => Some(status::INVALID_API_CALL_RETURN_JSON),
        Error::Peer(PeerError::Json) if shared.is_up() => {
            Some(status::INVALID_API_CALL_RETURN_JSON)
        }
        Error::Resource(ResourceError::MessageTooLarge) => {
            Some(code::RECEIVED_MESSAGE_LARGER_THAN_MAX_DATA_LEN)
        }
        Error::Peer(PeerError::Deleting) => {
            shared.refused.get_or_insert(code::CHANNEL_BEING_DELETED);
            None
        }
        Error::Peer(_) | Error::Resource(_) | Error::Config(_) => None,
    };
    if let Some(code) = reported {
        shared.report(code, error.to_string());
    }
}
