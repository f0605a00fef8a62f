//! The pump's side of a client: carries out commands between the session's inputs.

use std::future::poll_fn;
use std::task::Poll;

use kvs_device::{Control, DeviceMemory, Port, run_controlled};
use kvs_signaling::config::RX_SDK;
use kvs_signaling::event::OnLoss;
use kvs_signaling::{Credentials, Input, Message, State, Tag};

use super::Client;
use super::commands::{Command, Outgoing};
use super::shared::{Looked, Outcome};
use super::translate::Translator;

/// The SDK's message size, one more message in flight while the first waits to be confirmed, and the
/// SDK's size of a request's body, which many tags make long, with room for a head.
type Memory = DeviceMemory<RX_SDK, { RX_SDK + 8_192 }, { 10_240 + 3_072 }, 2_048, 1>;

/// Runs until [`Command::End`].
pub(crate) async fn serve<P: Port>(client: &Client, port: &P) {
    let mut memory = Box::new(Memory::new());
    *memory.settings() = client.plan.settings;
    let mut app = Translator { client };
    let tags = client.plan.tags.iter().map(|(key, value)| Tag { key, value });
    let tags: Vec<Tag<'_>> = tags.collect();
    let ran = run_controlled(port, &mut app, &mut memory, &tags, async |control| {
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
