//! The pump's side of a client: carries out commands between the session's inputs.

use std::future::poll_fn;
use std::task::Poll;

use kvs_device::{CACHE_MAX, Control, LentMemory, Names, Port, Settings, run_lent};
#[cfg(not(feature = "small-messages"))]
use kvs_signaling::config::RX_SDK as RX;
#[cfg(feature = "small-messages")]
use kvs_signaling::config::RX_SMALL as RX;
use kvs_signaling::config::{CHANNEL_STATE_MAX, CREDENTIALS_MAX, DIGESTS, OUTBOUND_SLOTS};
use kvs_signaling::event::OnLoss;
use kvs_signaling::{
    Buffers, Credentials, DigestSlot, ICE_MEMORY, Input, Message, OutboundSlot, PEERS, PeerSlot,
    State, Tag,
};

use super::commands::{Command, Outgoing};
use super::shared::{Looked, Outcome};
use super::translate::Translator;
use super::{Client, boxed};

/// Messages waiting to be confirmed beside one of the largest size.
const TX: usize = RX + 8_192;
/// The SDK's size of a response; requests are shorter, but for one with many tags.
const HTTP: usize = 10_240;
/// A request without its tags: a signed head with the longest token, and the channel's name.
const UNTAGGED: usize = 4_096;
/// Of a tag in JSON, what is neither its key nor its value.
const TAG: usize = 25;
/// Between a socket and the session: a TLS record's usual payload.
const LINK: usize = 2_048;

/// What a client's session borrows. In pieces: a microcontroller's heap may have no 80 KB in one.
struct Memory {
    rx: Vec<u8>,
    tx: Vec<u8>,
    http: Vec<u8>,
    credentials: Vec<u8>,
    ice: Vec<u8>,
    channel: Vec<u8>,
    peers: Vec<PeerSlot>,
    outbound: Vec<OutboundSlot>,
    digests: Vec<DigestSlot>,
    links: [Vec<u8>; 4],
    cache: Vec<u8>,
    names: Box<Names>,
}

impl Memory {
    fn new(tags: &[Tag<'_>]) -> Self {
        let tagged = tags.iter().map(|tag| TAG + tag.key.len() + tag.value.len()).sum::<usize>();
        Self {
            rx: vec![0; RX],
            tx: vec![0; TX],
            http: vec![0; HTTP.max(UNTAGGED + tagged)],
            credentials: vec![0; CREDENTIALS_MAX],
            ice: vec![0; ICE_MEMORY],
            channel: vec![0; CHANNEL_STATE_MAX],
            peers: vec![PeerSlot::EMPTY; PEERS],
            outbound: vec![OutboundSlot::EMPTY; OUTBOUND_SLOTS],
            digests: vec![DigestSlot::EMPTY; DIGESTS],
            links: [(); 4].map(|()| vec![0; LINK]),
            cache: vec![0; CACHE_MAX],
            names: boxed(&Names::EMPTY),
        }
    }

    fn lend<'m>(&'m mut self, settings: &'m Settings) -> LentMemory<'m> {
        let [https_rx, https_tx, socket_rx, socket_tx] = &mut self.links;
        LentMemory {
            buffers: Buffers {
                rx: &mut self.rx,
                tx: &mut self.tx,
                http: &mut self.http,
                credentials: &mut self.credentials,
                ice: &mut self.ice,
                channel: &mut self.channel,
                peers: &mut self.peers,
                outbound: &mut self.outbound,
                digests: &mut self.digests,
            },
            settings,
            names: &mut self.names,
            links: [(https_rx, https_tx), (socket_rx, socket_tx)],
            // Messages come through `Control`, not from the application's turn.
            room: &mut [],
            cache: &mut self.cache,
        }
    }
}

/// Runs until [`Command::End`].
pub(crate) async fn serve<P: Port>(client: &Client, port: &P) {
    let mut app = Translator { client };
    let tags = client.plan.tags.iter().map(|(key, value)| Tag { key, value });
    let tags: Vec<Tag<'_>> = tags.collect();
    let mut memory = Memory::new(&tags);
    let memory = memory.lend(&client.plan.settings);
    let ran = run_lent(port, &mut app, memory, &tags, async |control| {
        client.pump_started(Ok(()));
        obey(client, &control).await;
    });
    if let Err(error) = ran.await {
        client.pump_started(Err(error));
    }
}

async fn obey<P: Port>(client: &Client, control: &Control<'_, '_, P, Translator<'_>>) {
    loop {
        let command = client.commands.next().await;
        let ends = matches!(command, Command::End);
        carry_out(client, control, command);
        client.lock().obeyed += 1;
        client.changed.notify_all();
        if ends {
            // Until the close handshake is over, or was given up.
            return poll_fn(|_| {
                let closing = control.look(|session, _| session.state() == State::Closing);
                if closing { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
        }
    }
}

fn carry_out<P: Port>(
    client: &Client,
    control: &Control<'_, '_, P, Translator<'_>>,
    command: Command,
) {
    match command {
        Command::Start => control.input(Input::Start),
        Command::Prepare => control.input(Input::Prepare),
        Command::Stop | Command::End => control.input(Input::Stop),
        Command::Delete => control.input(Input::Delete),
        Command::Forget(what) => control.input(Input::Forget(what)),
        Command::Credentials(None) => control.input(Input::CredentialsFailed),
        Command::Credentials(Some(keys)) => control.input(Input::Credentials(Credentials {
            access_key_id: &keys.access_key_id,
            secret_key: &keys.secret_key,
            session_token: &keys.session_token,
            expires: keys.expires,
        })),
        Command::Send(message) => send(client, control, &message),
        Command::Look => {
            let looked = control.look(|session, now| Looked {
                metrics: session.metrics(now),
                servers: session.ice_servers(now).map(Into::into).collect(),
                ice_is_due: session.ice_is_due(now),
            });
            client.lock().looked = looked;
        }
    }
}

fn send<P: Port>(
    client: &Client,
    control: &Control<'_, '_, P, Translator<'_>>,
    outgoing: &Outgoing,
) {
    client.lock().sends.sending = Some(outgoing.id);
    let message = Message {
        kind: outgoing.kind,
        payload: &outgoing.payload,
        correlation_id: &outgoing.correlation_id,
        on_loss: OnLoss::Retry,
    };
    let result = control.send(&outgoing.to, message);
    let mut shared = client.lock();
    shared.sends.sending = None;
    if let Some(waiting) = shared.sends.waiting.get_mut(&outgoing.id) {
        match result {
            Ok(ticket) => waiting.ticket = Some(ticket),
            Err(error) => waiting.outcome = Some(Outcome::Refused(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What firmware/esp-idf/README.md says of a client's heap, but for the pump's future.
    #[test]
    fn a_client_takes_what_its_page_says() {
        let Memory { rx, tx, http, credentials, ice, channel, links, cache, .. } = Memory::new(&[]);
        let bytes = [rx, tx, http, credentials, ice, channel, cache].map(|piece| piece.len());
        let bytes = bytes.iter().chain(&links.map(|piece| piece.len())).sum::<usize>();
        let slots = PEERS * size_of::<PeerSlot>()
            + OUTBOUND_SLOTS * size_of::<OutboundSlot>()
            + DIGESTS * size_of::<DigestSlot>();
        let (settings, names) = (size_of::<Settings>(), size_of::<Names>());
        let all = bytes + slots + settings + names;
        assert!(all <= if cfg!(feature = "small-messages") { 78_000 } else { 88_000 }, "{all}");
    }
}
