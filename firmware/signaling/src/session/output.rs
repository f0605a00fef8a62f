//! What `poll` gives next: first chosen by value, then borrowed once.

use super::Session;
use super::https::Phase;
use super::inbound::Inbound;
use super::notes::Note;
use super::outbound::Report;
use super::requests::Unbuilt;
use super::socket::Offered;
use crate::event::{Api, CertificateTime, Endpoint, Event, Link, LinkKind, Output, Wake};
use crate::state::Cause;
use crate::time::Instant;

/// An [`Output`] without borrowed parts.
pub(super) enum Choice {
    Note(Note),
    Report(Report),
    Inbound(Link, Inbound),
    Close(Link),
    Open(Link, Api),
    NeedCredentials,
    Store,
    SendHttps(Link),
    SendSocket(Link, Offered),
    WakeAt(Instant, Wake),
}

impl Session<'_> {
    /// The order matters: events tell what happened before the outputs that follow from it, and a
    /// link is closed before the next is opened.
    pub(super) fn choose(&mut self) -> Choice {
        loop {
            if let Some(told) = self.next_event() {
                return told;
            }
            if let Some(link) = self.https_to_close.take().or_else(|| self.socket_to_close.take()) {
                return Choice::Close(link);
            }
            if let Some((link, api)) = self.next_open() {
                return Choice::Open(link, api);
            }
            if let Some(asked) = self.asked.as_mut().filter(|asked| !asked.announced) {
                asked.announced = true;
                return Choice::NeedCredentials;
            }
            if core::mem::take(&mut self.store) && !self.directory.stored().is_empty() {
                return Choice::Store;
            }
            match self.next_send() {
                Ok(Some(send)) => return send,
                Ok(None) => {
                    let (at, why) = self.next_wake();
                    return Choice::WakeAt(at, why);
                }
                Err(()) => {}
            }
        }
    }

    fn next_event(&mut self) -> Option<Choice> {
        if let Some(note) = self.notes.pop() {
            return Some(Choice::Note(note));
        }
        if let Some(report) = self.outbound.report() {
            if let Report::Failed { forget_offer: Some(sender), .. } = report {
                self.digests.forget_offers(sender);
            }
            return Some(Choice::Report(report));
        }
        self.inbound.take().map(|(link, inbound)| Choice::Inbound(link, inbound))
    }

    fn next_open(&mut self) -> Option<(Link, Api)> {
        let since = self.now.mono;
        if let Some(https) = self.https.as_mut().filter(|https| https.phase == Phase::Wanted) {
            https.phase = Phase::Opening { since };
            let api = https.call.as_ref().map_or(Api::TimeSync, |call| call.api);
            return Some((https.link, api));
        }
        let socket = self.socket.as_mut().filter(|socket| socket.phase == Phase::Wanted)?;
        socket.phase = Phase::Opening { since };
        Some((socket.link, Api::Connect))
    }

    /// `Err`: a request could not be built, and something else follows from that.
    fn next_send(&mut self) -> Result<Option<Choice>, ()> {
        if self.https.as_ref().is_some_and(|https| https.is_ready_to_build())
            && let Err(unbuilt) = self.build_call()
        {
            self.close_https();
            self.unbuilt(unbuilt);
            return Err(());
        }
        if let Some(https) = &mut self.https
            && https.phase == Phase::Up
            && !https.outstanding
            && https.call.as_ref().is_some_and(|call| !call.unsent(self.http).is_empty())
        {
            https.outstanding = true;
            return Ok(Some(Choice::SendHttps(https.link)));
        }
        match self.next_offer() {
            Ok(offered) => {
                let link = self.socket.as_ref().map(|socket| socket.link);
                Ok(offered.zip(link).map(|(offered, link)| Choice::SendSocket(link, offered)))
            }
            Err(unbuilt) => {
                self.drop_socket();
                self.unbuilt(unbuilt);
                Err(())
            }
        }
    }

    /// A request could not be written. What has expired while the link opened is fetched again.
    fn unbuilt(&mut self, unbuilt: Unbuilt) {
        match unbuilt {
            Unbuilt::NotReady => {}
            Unbuilt::TooLarge(error) => self.call_failed_with(Cause::TooLarge, error.into()),
        }
        self.drive();
    }

    /// Borrows what was chosen.
    pub(super) fn output(&self, choice: Choice) -> Output<'_> {
        match choice {
            Choice::Note(note) => Output::Event(note.event(self.call_error.text())),
            Choice::Report(report) => Output::Event(report.event()),
            Choice::Inbound(link, inbound) => Output::Event(self.inbound_event(link, inbound)),
            Choice::Close(link) => Output::Close(link),
            Choice::Open(link, api) => Output::Open(link, self.endpoint(api)),
            Choice::NeedCredentials => Output::NeedCredentials,
            Choice::Store => Output::Store(self.directory.stored()),
            Choice::SendHttps(link) => {
                let call = self.https.as_ref().and_then(|https| https.call.as_ref());
                Output::Send(link, call.map_or(&[], |call| call.unsent(self.http)))
            }
            Choice::SendSocket(link, offered) => Output::Send(link, self.offered_bytes(offered)),
            Choice::WakeAt(at, why) => Output::WakeAt(at, why),
        }
    }

    fn endpoint(&self, api: Api) -> Endpoint<'_> {
        let (host, port) = self.places().host(api).unwrap_or_default();
        let kind = if api == Api::Connect { LinkKind::WebSocket } else { LinkKind::Https };
        let time = match self.clock.time(self.now) {
            Some(time) => CertificateTime::At(time),
            None => CertificateTime::Unknown,
        };
        let client_certificate = api == Api::IotCredentials;
        Endpoint { host, port, kind, time, client_certificate }
    }

    fn inbound_event(&self, link: Link, inbound: Inbound) -> Event<'_> {
        match inbound {
            Inbound::Message { from, kind, payload, duplicate } => {
                let sender = self.peers.name(from).unwrap_or_default();
                let payload = payload.bytes(self.rx);
                if duplicate {
                    Event::Duplicate { link, from, sender, kind, payload }
                } else {
                    Event::Message { link, from, sender, kind, payload }
                }
            }
            Inbound::Status { ticket, status } => Event::Status {
                ticket,
                correlation_id: status.correlation_id.text(self.rx),
                code: status.code,
                error: status.error_type.text(self.rx),
                text: status.description.text(self.rx),
            },
        }
    }
}

impl Report {
    const fn event(self) -> Event<'static> {
        match self {
            Self::Written(ticket, link) => Event::Written { ticket, link },
            Self::Confirmed(ticket, link) => Event::Confirmed { ticket, link },
            Self::Failed { ticket, why, .. } => Event::SendFailed { ticket, why },
        }
    }
}
