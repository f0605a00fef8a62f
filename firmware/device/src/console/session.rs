//! Commands while a session lives.

use core::cell::RefCell;

use kvs_signaling::config::{CLIENT_ID_MAX, CORRELATION_ID_MAX};
use kvs_signaling::event::OnLoss;
use kvs_signaling::{Input, Message, ResourceError, State};
use kvs_trace::Event as Trace;

use super::command::{self, Command, Heard, Send, Set, Why};
use super::desk::{self, Desk};
use super::{ConsoleMemory, Exit, Served, answer, gauges, payload};
use crate::app::App;
use crate::engine::Engine;
use crate::keys::Keys;
use crate::port::Port;

/// Starts the session for command `id`, then carries out what the console says.
pub(super) async fn attend<P: Port, A: App>(
    engine: &RefCell<Engine<'_, P, A>>,
    port: &P,
    console: &mut ConsoleMemory,
    keys: &mut Keys,
    id: Option<u32>,
    memory_bytes: usize,
) -> Served {
    let ConsoleMemory { line, desk } = console;
    begin(&mut engine.borrow_mut(), keys, id);
    loop {
        let Some(len) = port.read_line(line).await else {
            return Served::Exit(Exit::ConsoleGone);
        };
        let engine = &mut *engine.borrow_mut();
        match command::hear(line.get(..len).unwrap_or_default()) {
            Heard::Noise => {}
            Heard::Refused { id, why } => {
                engine.report.line(Trace::Nak { id, why: why.as_str() });
            }
            Heard::Command { id, command: Command::Exit } => {
                engine.report.line(Trace::Ack { id });
                return Served::Exit(Exit::Command);
            }
            Heard::Command { id, command: Command::Sleep { for_ms } } if port.can_sleep() => {
                engine.report.line(Trace::Ack { id });
                return Served::Exit(Exit::Sleep { for_ms });
            }
            Heard::Command { id, command: Command::Crash(how) } if port.can_crash() => {
                engine.report.line(Trace::Ack { id });
                port.crash(how);
            }
            Heard::Command { command, .. } if wants_provisioning(engine, &command) => {
                return Served::Provision { len };
            }
            Heard::Command { id, command: Command::Start } if at_rest(engine) => {
                begin(engine, keys, Some(id));
            }
            Heard::Command { id, command } => {
                let result = obey(engine, desk, keys, &command, memory_bytes);
                engine.report.line(answer(id, result));
            }
        }
        // What the command set going comes after its answer.
        engine.drain();
    }
}

/// Gives the session its credentials, if there are some, and starts it; `id` is of the command that wants it.
fn begin<P: Port, A: App>(engine: &mut Engine<'_, P, A>, keys: &Keys, id: Option<u32>) {
    if let Some(credentials) = keys.as_credentials() {
        engine.input(Input::Credentials(credentials));
    }
    let now = engine.clock();
    engine.session.handle(now, Input::Start);
    if let Some(id) = id {
        engine.report.line(Trace::Ack { id });
    }
    engine.drain();
}

fn at_rest<P, A>(engine: &Engine<'_, P, A>) -> bool {
    matches!(engine.session.state(), State::Idle | State::Stopped)
}

/// Whether `command` changes what the session was built from, and the session has ended.
fn wants_provisioning<P, A>(engine: &Engine<'_, P, A>, command: &Command<'_>) -> bool {
    let changes = match command {
        Command::Set(Set { key, .. }) => {
            !key.starts_with("secret.") && !key.starts_with("credentials.")
        }
        Command::Clock { .. } | Command::Mutate { .. } | Command::Keep | Command::Wipe => true,
        Command::Hello
        | Command::Exit
        | Command::Start
        | Command::Stop
        | Command::Credentials
        | Command::Gauges
        | Command::Metrics
        | Command::Resolve { .. }
        | Command::Send(_)
        | Command::Sleep { .. }
        | Command::Crash(_) => false,
    };
    changes && at_rest(engine)
}

fn obey<P: Port, A: App>(
    engine: &mut Engine<'_, P, A>,
    desk: &mut Desk,
    keys: &mut Keys,
    command: &Command<'_>,
    memory_bytes: usize,
) -> Result<(), Why> {
    match command {
        Command::Hello => engine.report.hello(),
        Command::Gauges => gauges::serving(engine, memory_bytes),
        Command::Metrics => {
            let metrics = engine.session.metrics(engine.clock());
            gauges::metrics(engine.report, &metrics);
        }
        Command::Stop if at_rest(engine) => return Err(Why::State),
        Command::Stop => {
            let now = engine.clock();
            engine.session.handle(now, Input::Stop);
        }
        Command::Set(set) => return desk.set(set, None),
        Command::Credentials => {
            let now = engine.clock();
            engine.session.handle(now, Input::Credentials(desk.take_over(keys)?));
        }
        Command::Resolve { suffix, to } => return desk::resolve(engine.names, *suffix, *to),
        Command::Send(message) => return send(engine, message),
        // Known in every image, so that a typing error and a normal image look the same.
        Command::Mutate { .. } if cfg!(not(kvs_mutants)) => return Err(Why::Unknown),
        Command::Crash(_) | Command::Sleep { .. } => return Err(Why::Unknown),
        Command::Keep | Command::Wipe if !engine.port.can_keep() => return Err(Why::Unknown),
        Command::Start
        | Command::Clock { .. }
        | Command::Mutate { .. }
        | Command::Exit
        | Command::Keep
        | Command::Wipe => return Err(Why::State),
    }
    Ok(())
}

fn send<P: Port, A: App>(engine: &mut Engine<'_, P, A>, send: &Send<'_>) -> Result<(), Why> {
    let (mut to_room, mut id_room) = ([0; CLIENT_ID_MAX], [0; CORRELATION_ID_MAX]);
    let to = send.to.decode(&mut to_room).ok_or(Why::Value)?;
    let correlation_id = send.correlation_id.decode(&mut id_room).ok_or(Why::Value)?;
    let peer = engine.session.peer_id(to).map_err(refusal)?;
    let now = engine.clock();
    let mut random = [0; 8];
    engine.port.fill(&mut random);
    let room = engine.room.get_mut(..send.size).ok_or(Why::Value)?;
    payload::write(send.kind, u64::from_be_bytes(random), room);
    let message =
        Message { kind: send.kind, payload: room, correlation_id, on_loss: OnLoss::Report };
    match engine.session.send(now, peer, message) {
        Ok(ticket) => {
            engine.report.out(ticket, to, &message);
            Ok(())
        }
        Err(error) => {
            engine.report.refused(to, send.kind, error);
            Err(refusal(error))
        }
    }
}

fn refusal(error: ResourceError) -> Why {
    match error {
        ResourceError::QueueFull => Why::Full,
        ResourceError::SendTooLarge
        | ResourceError::UnknownPeer
        | ResourceError::NotSendable
        | ResourceError::CorrelationId
        | ResourceError::MessageTooLarge
        | ResourceError::ResponseTooLarge
        | ResourceError::RequestTooLarge
        | ResourceError::CredentialsTooLarge
        | ResourceError::IceTooLarge => Why::Value,
    }
}
