//! The stage of one run: the service, the device and the peers, and the one place where everything
//! they say is taken in.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use mock_kvs::{Mock, RuleId, Traffic, journal};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, Sleep};

use super::OnStep;
use super::console::{Answer, Order, Orders};
use super::moments::{Moment, Moments};
use super::plan::{Ended, Plan};
use super::provider::Provider;
use super::supply::Supply;
use crate::board::foreign::{CRASH, Said};
use crate::board::{BoardError, Device, Ear, Heard, Output, Reach};
use crate::evidence::Recorder;
use crate::peer::{Peer, Seen};

/// Everything of one run.
pub struct Stage {
    pub plan: Plan,
    pub recorder: Recorder,
    pub moments: Moments,
    pub mock: Mock,
    pub channel_arn: String,
    /// Of the device's certificate, when it has one.
    pub certificate_id: Option<String>,
    pub peers: BTreeMap<String, Peer>,
    pub rules: BTreeMap<String, RuleId>,
    pub orders: Orders,
    pub provider: Provider,
    /// Waits look at records from here on: what came after the last thing waited for.
    pub cursor: usize,
    /// Where waits about a fault or a message found what they looked for.
    pub found_about: BTreeMap<(String, String), usize>,
    pub device: Option<Box<dyn Device>>,
    /// What a client that takes no commands is started with, until it is.
    pub held: Option<(Reach, Ear)>,
    /// What a device is started with again.
    pub supply: Option<Supply>,
    pub inlets: Inlets,
    /// The device said who it is.
    pub greeted: bool,
    /// What the device's connections had carried when it slept, once it has.
    pub asleep: Option<Traffic>,
    /// The device took `start`: from now on silence and an end are its own failure.
    pub started: bool,
    /// A message that the device was told to send and has not shown yet.
    pub device_sends: Option<String>,
    pub seen_sender: mpsc::UnboundedSender<Seen>,
    pub on_step: OnStep,
    pub wall_start_unix_ms: u64,
    pub clock_offset_ms: i64,
    journal_seen: u64,
    timer: Pin<Box<Sleep>>,
    limit: Instant,
}

/// Where news come in.
pub struct Inlets {
    pub heard: mpsc::UnboundedReceiver<Heard>,
    pub journal: mpsc::UnboundedReceiver<Arc<journal::Record>>,
    pub seen: mpsc::UnboundedReceiver<Seen>,
    pub cancel: watch::Receiver<bool>,
}

/// What [`Stage::pump`] came back for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pumped {
    /// Something was recorded, or a command answered.
    News,
    /// The time is up.
    Due,
}

enum Came {
    Cancel,
    Heard(Heard),
    Journal(Arc<journal::Record>),
    Seen(Seen),
    Timer,
}

/// What a stage is made of.
pub struct Parts {
    pub plan: Plan,
    pub recorder: Recorder,
    pub mock: Mock,
    pub provider: Provider,
    pub inlets: Inlets,
    pub seen_sender: mpsc::UnboundedSender<Seen>,
    pub on_step: OnStep,
}

impl Stage {
    pub fn new(parts: Parts) -> Self {
        let limit = Instant::now() + parts.plan.limit;
        let wall_start_unix_ms = parts.mock.wall_ms();
        Self {
            plan: parts.plan,
            recorder: parts.recorder,
            moments: Moments::default(),
            mock: parts.mock,
            channel_arn: String::new(),
            certificate_id: None,
            peers: BTreeMap::new(),
            rules: BTreeMap::new(),
            orders: Orders::default(),
            provider: parts.provider,
            cursor: 0,
            found_about: BTreeMap::new(),
            device: None,
            held: None,
            supply: None,
            inlets: parts.inlets,
            greeted: false,
            asleep: None,
            started: false,
            device_sends: None,
            seen_sender: parts.seen_sender,
            on_step: parts.on_step,
            wall_start_unix_ms,
            clock_offset_ms: 0,
            journal_seen: 0,
            timer: Box::pin(tokio::time::sleep_until(limit)),
            limit,
        }
    }

    /// Takes in what there is, or waits for it until `until`.
    ///
    /// # Errors
    /// When the run cannot go on: interrupted, device gone, a limit reached.
    pub async fn pump(&mut self, until: Instant) -> Result<Pumped, Ended> {
        self.write_orders()?;
        let acked_by = self.orders.deadline().map(|(at, _)| at);
        let due = [Some(until), acked_by, self.provider.due(), Some(self.limit)];
        let due = due.into_iter().flatten().min().unwrap_or(until);
        if self.timer.deadline() != due {
            self.timer.as_mut().reset(due);
        }
        let inlets = &mut self.inlets;
        let came = tokio::select! {
            biased;
            // A sender that is gone cannot cancel any more.
            Ok(()) = inlets.cancel.changed() => Came::Cancel,
            Some(heard) = inlets.heard.recv() => Came::Heard(heard),
            Some(seen) = inlets.seen.recv() => Came::Seen(seen),
            Some(record) = inlets.journal.recv() => Came::Journal(record),
            () = &mut self.timer => Came::Timer,
        };
        match came {
            Came::Cancel => return Err(Ended::Interrupted),
            Came::Heard(heard) => self.hear(heard)?,
            Came::Seen(seen) => self.saw(seen),
            Came::Journal(record) => self.note(&record),
            Came::Timer => return self.timer_fired(until),
        }
        if self.recorder.is_full() {
            return Err(Ended::Infra("the history has reached its limit of records".into()));
        }
        Ok(Pumped::News)
    }

    /// Takes in everything until `until`.
    ///
    /// # Errors
    /// As [`Self::pump`].
    pub async fn let_pass(&mut self, until: Instant) -> Result<(), Ended> {
        while self.pump(until).await? == Pumped::News {}
        Ok(())
    }

    /// Gives the device a command and waits for its answer.
    ///
    /// # Errors
    /// As [`Self::pump`]; a command that is not answered ends the run.
    pub async fn command(&mut self, order: Order) -> Result<Answer, Ended> {
        let id = self.orders.queue(order);
        loop {
            if let Some(answer) = self.orders.take_answer(id) {
                return Ok(answer);
            }
            self.pump(self.limit).await?;
        }
    }

    /// Records something the harness does, and gives its moment.
    pub fn say(&mut self, event: &str, fields: Vec<(&'static str, Value)>) -> Moment {
        self.recorder.harness(event, fields);
        self.moment()
    }

    /// Now.
    pub fn moment(&self) -> Moment {
        Moment { t_us: self.recorder.t_us(Instant::now()), after: self.recorder.records().len() }
    }

    fn timer_fired(&mut self, until: Instant) -> Result<Pumped, Ended> {
        let now = Instant::now();
        if let Some((_, order)) = self.orders.deadline().filter(|(at, _)| *at <= now) {
            let what = order.name.clone();
            self.orders.clear();
            return Err(self.deaf(&what));
        }
        if self.provider.due().is_some_and(|at| at <= now) {
            self.provider.answer(&self.mock, &mut self.orders);
            return Ok(Pumped::News);
        }
        if self.limit <= now {
            return Err(Ended::Infra("the run took longer than its limit".into()));
        }
        Ok(if until <= now { Pumped::Due } else { Pumped::News })
    }

    /// A device that was set up and started, and does not answer any more, hangs: its failure. One
    /// that cannot even be set up is no device of ours, or its console is broken.
    fn deaf(&mut self, command: &str) -> Ended {
        if self.started {
            self.say("device.hung", vec![("command", json!(command))]);
            return Ended::Failed(format!("the device hangs: it did not answer `{command}`"));
        }
        Ended::Infra(format!("the board did not answer `{command}` in 5 s, before it was started"))
    }

    fn write_orders(&mut self) -> Result<(), Ended> {
        let Some(device) = &mut self.device else { return Ok(()) };
        if let Some((line, masked)) = self.orders.next_line() {
            self.recorder.log(masked);
            // The reason stands in how the device ended, which is on its way.
            let _ = device.write(&line);
        }
        Ok(())
    }

    fn hear(&mut self, heard: Heard) -> Result<(), Ended> {
        self.catch_up(heard.journal);
        match heard.what {
            Output::Line(text) => self.line(heard.at, text),
            Output::Said(said) => self.said(heard.at, said),
            Output::Log(text) => {
                self.recorder.log(text);
                Ok(())
            }
            Output::Ended(how) => self.device_ended(&how),
            Output::Gone(why) => {
                self.device = None;
                self.orders.clear();
                self.say("board.gone", vec![("why", json!(why))]);
                Err(Ended::Infra(why))
            }
            Output::Unstarted(why) => {
                self.device = None;
                Err(Ended::Infra(format!("the client was never started: {why}")))
            }
        }
    }

    fn said(&mut self, at: Instant, said: Said) -> Result<(), Ended> {
        let crash = said.detail.clone().filter(|_| said.event == CRASH);
        self.recorder.console(at, said);
        match crash {
            // What came before is of another run.
            Some(words) if self.started => {
                Err(Ended::Failed(format!("the firmware crashed: {words}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn line(&mut self, at: Instant, text: String) -> Result<(), Ended> {
        let Ok(Some(record)) = self.recorder.device(at, text) else { return Ok(()) };
        let number = |name: &str| record.fields.get(name).and_then(Value::as_u64);
        let text = |name: &str| record.fields.get(name).and_then(Value::as_str).map(str::to_owned);
        match record.event.as_str() {
            "hello" => {
                let proto = number("proto");
                if proto != Some(u64::from(kvs_trace::PROTOCOL)) {
                    return Err(Ended::Infra(format!(
                        "the image speaks console protocol {}, this harness {}",
                        proto.map_or("?".into(), |proto| proto.to_string()),
                        kvs_trace::PROTOCOL
                    )));
                }
                let known = self.plan.board.recognise(record);
                known.map_err(|BoardError(why)| Ended::Infra(why))?;
                self.greeted = true;
            }
            "ack" | "nak" => {
                let answer = text("why").map_or(Answer::Ack, Answer::Nak);
                let id = number("id").and_then(|id| u32::try_from(id).ok());
                if let Some(id) = id {
                    self.orders.answer(id, answer);
                }
            }
            "need_credentials" => self.provider.asked(),
            "out" => {
                let sha = text("sha").unwrap_or_default();
                if let Some(name) = self.device_sends.take() {
                    let at = self.last_moment();
                    self.moments.sent(&name, &sha, at);
                }
            }
            "panic" => {
                let what = text("text").unwrap_or_default();
                return Err(Ended::Failed(format!("the device panicked: {what}")));
            }
            _ => {}
        }
        Ok(())
    }

    fn device_ended(&mut self, how: &str) -> Result<(), Ended> {
        self.device = None;
        self.orders.clear();
        self.say("device.ended", vec![("how", json!(how))]);
        if self.started {
            let who = if self.plan.board.spec().traced() { "device" } else { "client" };
            return Err(Ended::Failed(format!("the {who} ended by itself: {how}")));
        }
        let when = if self.greeted { "before it was started" } else { "before it said hello" };
        Err(Ended::Infra(format!("the image ended {when}: {how}")))
    }

    fn saw(&mut self, seen: Seen) {
        self.catch_up(seen.journal);
        let Some(record) = self.recorder.peer(seen) else { return };
        let text = |name: &str| record.fields.get(name).and_then(Value::as_str);
        if let ("peer.send", Some(name), Some(sha)) = (&*record.event, text("as"), text("sha")) {
            let (name, sha) = (name.to_owned(), sha.to_owned());
            let at = self.last_moment();
            self.moments.sent(&name, &sha, at);
        }
    }

    /// Others stand after what the journal held when they spoke: cause before effect.
    fn catch_up(&mut self, journal: u64) {
        while self.journal_seen < journal {
            let Ok(record) = self.inlets.journal.try_recv() else { return };
            self.note(&record);
        }
    }

    fn note(&mut self, record: &journal::Record) {
        self.journal_seen = record.seq + 1;
        self.recorder.service(record);
        if let mock_kvs::Event::FaultFired { rule, .. } = &record.event {
            let at = self.last_moment();
            self.moments.fired(rule, at);
        }
    }

    fn last_moment(&self) -> Moment {
        let records = self.recorder.records();
        Moment { t_us: records.last().map_or(0, |record| record.t_us), after: records.len() }
    }
}
