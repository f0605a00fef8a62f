//! The words of `steps:`, carried out one after another.

use std::pin::Pin;
use std::time::Duration;

use mock_kvs::fault::FaultSpec;
use mock_kvs::{Change, Target};
use serde_json::json;
use tokio::time::Instant;

use super::console::{Answer, Order};
use super::plan::Ended;
use super::stage::{Pumped, Stage};
use crate::peer::{Ask, Outgoing};
use crate::scenario::model::DEVICE;
use crate::scenario::steps::{self, ServiceChange, ServiceStep, Step};

/// A peer connects (15 s) and writes (30 s) within this, or has said that it cannot.
const SEND_LIMIT: Duration = Duration::from_secs(50);
/// On virtual time nothing takes time by itself. Steps stand this far apart, so that what a step
/// causes is later than what was before it, also in a history ordered by time.
const APART: Duration = Duration::from_millis(1);

impl Stage {
    /// Carries out `steps` in order, up to the first whose demand is not met.
    ///
    /// # Errors
    /// How the run ended before its last step.
    pub async fn play(&mut self, steps: &[Step], path: &str) -> Result<(), Ended> {
        for (index, step) in steps.iter().enumerate() {
            let n = format!("{path}{}", index + 1);
            if self.plan.board.spec().virtual_clock() {
                self.let_pass(Instant::now() + APART).await?;
            }
            if path.is_empty() {
                (self.on_step)(index + 1);
            }
            self.say("step", vec![("n", json!(n)), ("word", json!(step.word()))]);
            match self.step(step, &n).await {
                Ok(()) => {
                    self.say("step.done", vec![("n", json!(n))]);
                    self.say_traffic();
                }
                Err(ended) => {
                    if let Some(why) = ended.why() {
                        self.say("step.failed", vec![("n", json!(n)), ("why", json!(why))]);
                    }
                    return Err(ended);
                }
            };
        }
        Ok(())
    }

    async fn step(&mut self, step: &Step, n: &str) -> Result<(), Ended> {
        match step {
            Step::Wait(wait) => self.wait(wait).await,
            Step::ExpectNone(none) => self.expect_none(none).await,
            Step::Inject(spec) => self.inject(spec),
            Step::Heal(heal) => self.heal(heal.fault.as_deref()),
            Step::Connect(connect) => {
                for member in self.plan.scenario.members(&connect.actor) {
                    self.ask(&member, Ask::Connect)?;
                }
                self.mark(connect.name.as_deref());
                Ok(())
            }
            Step::Disconnect(leave) => {
                for member in self.plan.scenario.members(&leave.actor) {
                    self.ask(&member, Ask::Close(1000))?;
                }
                Ok(())
            }
            Step::Send(send) => self.send(send).await,
            Step::Command(command) => self.give(command).await,
            Step::Reset(reset) => self.reset(reset).await,
            Step::Power(power) => self.power(power).await,
            Step::Sleep(sleep) => self.sleep(sleep).await,
            Step::Cable(cable) => self.cable(cable).await,
            Step::Advance(advance) => self.pass(advance.by.duration()).await,
            Step::Settle(span) => self.pass(span.duration()).await,
            Step::Service(change) => self.change(change),
            Step::Note(text) => {
                self.say("note", vec![("text", json!(text))]);
                Ok(())
            }
            Step::Repeat(repeat) => {
                for round in 1..=repeat.times {
                    let path = format!("{n}.{round}.");
                    let inner: Pin<Box<dyn Future<Output = _> + '_>> =
                        Box::pin(self.play(&repeat.steps, &path));
                    inner.await?;
                }
                Ok(())
            }
        }
    }

    async fn pass(&mut self, span: Duration) -> Result<(), Ended> {
        self.let_pass(Instant::now() + span).await
    }

    /// Gives the present moment a name.
    pub fn mark(&mut self, name: Option<&str>) {
        if let Some(name) = name {
            let moment = self.say("mark", vec![("as", json!(name))]);
            self.moments.point(name, moment);
        }
    }

    fn inject(&mut self, spec: &FaultSpec) -> Result<(), Ended> {
        let name = spec.name().to_owned();
        // In a loop the name passes on to the new rule.
        if let Some(rule) = self.rules.remove(&name) {
            self.mock.heal(&rule);
        }
        // Before it is armed: a fault without a trigger fires at once.
        self.moments.armed(&name, self.recorder.records().len());
        let rule = self.mock.arm(spec.clone()).map_err(|error| Ended::Infra(error.to_string()))?;
        self.rules.insert(name, rule);
        Ok(())
    }

    fn heal(&mut self, fault: Option<&str>) -> Result<(), Ended> {
        match fault {
            None => {
                self.rules.clear();
                self.mock.heal_all();
            }
            Some(name) => {
                let rule = self.rules.remove(name);
                let rule =
                    rule.ok_or_else(|| Ended::Infra(format!("no fault `{name}` is armed")))?;
                self.mock.heal(&rule);
            }
        }
        self.say("heal", fault.map(|name| ("fault", json!(name))).into_iter().collect());
        Ok(())
    }

    fn ask(&self, actor: &str, ask: Ask) -> Result<(), Ended> {
        let peer = self.peers.get(actor);
        let peer = peer.ok_or_else(|| Ended::Infra(format!("there is no actor `{actor}`")))?;
        peer.ask(ask);
        Ok(())
    }

    async fn send(&mut self, send: &steps::Send) -> Result<(), Ended> {
        if let Some(name) = &send.name {
            self.moments.sending(name, self.recorder.records().len());
        }
        if send.from == DEVICE {
            return self.device_send(send).await;
        }
        let to = send.to.as_ref().map(|to| self.client_id(to));
        let members = self.plan.scenario.members(&send.from);
        let start = self.recorder.records().len();
        for member in &members {
            let message = Outgoing {
                kind: send.kind.word().to_owned(),
                size: usize::try_from(send.size.0).ok(),
                to: to.clone(),
                corr: send.corr.clone(),
                name: send.name.clone(),
            };
            self.ask(member, Ask::Send(message))?;
        }
        self.until_sent(&members, start).await
    }

    /// Waits until each of `members` has sent, as the records from `start` on tell.
    async fn until_sent(&mut self, members: &[String], start: usize) -> Result<(), Ended> {
        let until = Instant::now() + SEND_LIMIT;
        let mut left = members.to_vec();
        let mut scanned = start;
        loop {
            while let Some(record) = self.recorder.records().get(scanned) {
                scanned += 1;
                let first = record.event == "peer.send" && !record.fields.contains_key("resend");
                if first {
                    left.retain(|member| *member != record.source);
                }
                if record.event == "peer.unsent" && left.contains(&record.source) {
                    let who = &record.source;
                    return Err(Ended::Inconclusive(format!(
                        "{who} could not send: not connected"
                    )));
                }
            }
            if left.is_empty() {
                return Ok(());
            }
            if self.pump(until).await? == Pumped::Due {
                return Err(Ended::Infra(format!("{} did not send in time", left.join(", "))));
            }
        }
    }

    async fn device_send(&mut self, send: &steps::Send) -> Result<(), Ended> {
        let to = send.to.as_ref().map_or_else(String::new, |to| self.client_id(to));
        let mut order = Order::new("send")
            .with("to", to)
            .with("type", send.kind.word())
            .with("size", send.size.0);
        if let Some(corr) = &send.corr {
            order = order.with("corr", corr);
        }
        self.device_sends.clone_from(&send.name);
        self.tell(order).await
    }

    async fn give(&mut self, command: &steps::Command) -> Result<(), Ended> {
        let mut order = Order::new(&command.name);
        for (key, value) in &command.arguments {
            order = order.with(key, value);
        }
        self.say("command", vec![("name", json!(command.name))]);
        self.tell(order).await?;
        self.started |= command.name == "start";
        Ok(())
    }

    /// A command of the scenario: the device must carry it out.
    pub async fn tell(&mut self, order: Order) -> Result<(), Ended> {
        let what = order.masked();
        match self.command(order).await? {
            Answer::Ack => Ok(()),
            Answer::Nak(why) => Err(Ended::Failed(format!("the device refused `{what}`: {why}"))),
        }
    }

    fn change(&mut self, step: &ServiceStep) -> Result<(), Ended> {
        let to = || Target::actor(step.actor.as_deref().unwrap_or(DEVICE));
        let channel = super::provision::CHANNEL.to_owned();
        let change = match step.change {
            ServiceChange::ExpireCredentials => Change::ExpireCredentials { key: None },
            ServiceChange::DeleteChannel => Change::DeleteChannel { channel: Some(channel) },
            ServiceChange::CreateChannel => Change::CreateChannel { channel },
            ServiceChange::EnableStorage => {
                Change::MediaStorage { channel: Some(channel), enabled: true }
            }
            ServiceChange::DisableStorage => {
                Change::MediaStorage { channel: Some(channel), enabled: false }
            }
            ServiceChange::RevokeCertificate
            | ServiceChange::DenyRole
            | ServiceChange::AllowRole => return self.change_iot(step),
            ServiceChange::GoAway => Change::GoAway { to: to() },
            ServiceChange::ReconnectIce => Change::ReconnectIce { to: to() },
            ServiceChange::Close => {
                Change::Close { to: to(), code: step.code.unwrap_or(1001), reason: String::new() }
            }
            ServiceChange::Clock => {
                Change::Clock { offset_ms: step.offset.map_or(0, |offset| offset.millis()) }
            }
        };
        // The name is the moment before: what the change causes comes after it.
        self.mark(step.name.as_deref());
        self.mock.change(&change).map_err(|error| Ended::Inconclusive(error.to_string()))?;
        Ok(())
    }

    fn change_iot(&mut self, step: &ServiceStep) -> Result<(), Ended> {
        self.mark(step.name.as_deref());
        if step.change == ServiceChange::RevokeCertificate {
            return self.revoke_certificate();
        }
        let iot = self.plan.scenario.service.iot.clone().unwrap_or_default();
        self.allow_role(&iot, step.change == ServiceChange::AllowRole);
        Ok(())
    }

    fn client_id(&self, actor: &str) -> String {
        let all = self.plan.scenario.single_actors();
        let found = all.iter().find(|(name, _)| name == actor);
        found.map_or_else(|| actor.to_owned(), |(name, actor)| actor.client_id_of(name))
    }
}
