//! Arming, healing and changing: everything done to a mock from outside, each under one lock.

use std::sync::Arc;
use std::time::Duration;

use crate::change::{Change, ChangeError, Target};
use crate::clock::Now;
use crate::config::Quotas;
use crate::fault::FaultSpec;
use crate::journal::{ConnId, Event, Text};
use crate::link::Tag;
use crate::service::message::{Message, MessageType};
use crate::service::{CreateChannel, Ending};
use crate::shared::{Order, Shared, State};

impl Shared {
    /// Puts valid faults in force, all of them before anything else happens.
    pub(crate) fn arm(self: &Arc<Self>, specs: Vec<FaultSpec>) -> Vec<Tag> {
        self.with(|state, now| {
            let tags = specs.into_iter().map(|spec| self.arm_one(state, now, spec)).collect();
            self.set_clock(state);
            tags
        })
    }

    fn arm_one(self: &Arc<Self>, state: &mut State, now: Now, spec: FaultSpec) -> Tag {
        let rule = state.rules.arm(spec);
        let (tag, actor) = (rule.tag, rule.actor.clone());
        let (start, lasts) = rule.times();
        let armed = Event::FaultArmed { rule: rule.name().clone(), fault: rule.face.fault };
        self.reports.add_rule(tag, rule.face.clone());
        self.journal.append(now.us, Some(actor.clone()), None, armed);
        if let Some(links) = state.listeners.get(&actor) {
            rule.begin(links);
        }
        if rule.speaks_now() {
            self.speak(state, now, tag, &actor);
        }
        self.time(tag, start, lasts);
        tag
    }

    /// Wakes and heals a rule when its time comes. It may be healed before.
    fn time(self: &Arc<Self>, tag: Tag, start: Option<Duration>, lasts: Option<Duration>) {
        if start.is_none() && lasts.is_none() {
            return;
        }
        let shared = Arc::clone(self);
        self.spawn(async move {
            if let Some(start) = start {
                tokio::time::sleep(start).await;
                shared.wake(tag);
            }
            if let Some(lasts) = lasts {
                tokio::time::sleep(lasts).await;
                shared.heal(tag);
            }
        });
    }

    fn wake(&self, tag: Tag) {
        self.with(|state, now| {
            let Some(rule) = state.rules.wake(tag) else { return };
            let actor = rule.actor.clone();
            if let Some(links) = state.listeners.get(&actor) {
                rule.begin(links);
            }
            if rule.speaks_now() {
                self.speak(state, now, tag, &actor);
            }
            self.set_clock(state);
        });
    }

    /// Takes a rule out of force; whether it was.
    pub(crate) fn heal(&self, tag: Tag) -> bool {
        self.with(|state, now| {
            let Some(rule) = state.rules.heal(tag) else { return false };
            if let Some(links) = state.listeners.get(&rule.actor) {
                links.heal(tag);
            }
            self.set_clock(state);
            let healed = Event::FaultHealed { rule: rule.name().clone(), fault: rule.face.fault };
            self.journal.append(now.us, Some(rule.actor.clone()), None, healed);
            true
        })
    }

    /// Changes the service.
    pub(crate) fn change(&self, change: &Change) -> Result<usize, ChangeError> {
        self.with(|state, now| match change {
            Change::ExpireCredentials { key } => {
                some_key(state.keys.expire(now, key.as_deref()), key.is_some())
            }
            Change::RevokeCredentials { key } => {
                some_key(state.keys.revoke(key.as_deref()), key.is_some())
            }
            Change::CreateChannel { channel } => recreate(state, now, channel),
            Change::DeleteChannel { channel } => {
                let arns = arns(state, channel.as_deref())?;
                let deleted =
                    arns.iter().filter(|arn| state.service.delete(now, arn, None).is_ok());
                Ok(deleted.count())
            }
            Change::ChannelStatus { channel, status } => {
                let arns = arns(state, channel.as_deref())?;
                arns.iter().for_each(|arn| state.service.set_status(arn, *status));
                Ok(arns.len())
            }
            Change::MediaStorage { channel, enabled } => {
                let arns = arns(state, channel.as_deref())?;
                let stored = arns.iter().filter(|arn| {
                    let stream = enabled.then(|| arn.replace(":channel/", ":stream/"));
                    state.service.set_storage(arn, stream).is_ok()
                });
                Ok(stored.count())
            }
            Change::Endpoints { channel } => {
                let arns = arns(state, channel.as_deref())?;
                arns.iter().for_each(|arn| state.service.move_endpoints(arn));
                Ok(arns.len())
            }
            Change::Quotas { connects, calls, sends, viewers } => {
                let quotas = state.service.quotas();
                state.service.set_quotas(Quotas {
                    connects: connects.unwrap_or(quotas.connects),
                    calls: calls.unwrap_or(quotas.calls),
                    sends: sends.unwrap_or(quotas.sends),
                    viewers: viewers.unwrap_or(quotas.viewers),
                });
                Ok(1)
            }
            Change::GoAway { to } => tell(state, to, || say(MessageType::GoAway)),
            Change::ReconnectIce { to } => tell(state, to, || say(MessageType::ReconnectIceServer)),
            Change::Close { to, code, reason } => tell(state, to, || {
                Order::End(Ending::Close { code: *code, reason: reason.clone() })
            }),
            Change::DropConnection { to } => tell(state, to, || Order::End(Ending::Drop)),
            Change::Displace { to } => {
                let conns = fitting(state, to)?;
                conns.iter().for_each(|conn| state.service.displace(*conn));
                Ok(conns.len())
            }
            Change::Clock { offset_ms } => {
                state.clock_offset_ms = *offset_ms;
                state.revision += 1;
                self.set_clock(state);
                Ok(1)
            }
        })
    }

    /// A notice was armed without a trigger: one match, over all open sockets of its actor. With
    /// none open it is said on the next one.
    fn speak(&self, state: &mut State, now: Now, tag: Tag, actor: &Text) {
        let sockets: Vec<_> = state.sockets(Some(actor)).collect();
        if sockets.is_empty() {
            return;
        }
        let Some((notice, fired)) = state.rules.say_now(tag) else { return };
        for conn in sockets {
            state.tell(conn, Order::Notice(notice.clone()));
            self.journal.append(now.us, Some(actor.clone()), Some(conn), fired.clone());
        }
    }
}

fn say(kind: MessageType) -> Order {
    Order::Say(Message::notice(kind))
}

fn some_key(count: usize, is_one_meant: bool) -> Result<usize, ChangeError> {
    if count == 0 && is_one_meant { Err(ChangeError::NoKey) } else { Ok(count) }
}

fn recreate(state: &mut State, now: Now, name: &str) -> Result<usize, ChangeError> {
    if let Some(arn) = state.service.arn_of(name).map(str::to_owned) {
        // An ARN of the service's own and no version: it can only be on its way out already.
        let _ = state.service.delete(now, &arn, None);
        state.service.forget(&arn);
    }
    let input = CreateChannel { name: name.to_owned(), ..CreateChannel::default() };
    state.service.create(now, &input).map_err(|_| ChangeError::BadName(name.to_owned()))?;
    Ok(1)
}

fn arns(state: &State, name: Option<&str>) -> Result<Vec<String>, ChangeError> {
    match name {
        None => Ok(state.service.arns()),
        Some(name) => match state.service.arn_of(name) {
            Some(arn) => Ok(vec![arn.to_owned()]),
            None => Err(ChangeError::NoChannel(name.to_owned())),
        },
    }
}

fn tell(state: &State, target: &Target, order: impl Fn() -> Order) -> Result<usize, ChangeError> {
    let conns = fitting(state, target)?;
    Ok(conns.into_iter().filter(|conn| state.tell(*conn, order())).count())
}

fn fitting(state: &State, target: &Target) -> Result<Vec<ConnId>, ChangeError> {
    let seated = state.service.fitting(target);
    let conns: Vec<_> =
        state.sockets(target.actor.as_deref()).filter(|conn| seated.contains(conn)).collect();
    if conns.is_empty() {
        let mut words = Vec::new();
        words.extend(target.actor.as_ref().map(|actor| format!("actor `{actor}`")));
        words.extend(target.role.map(|role| format!("role {}", role.word())));
        words.extend(target.client_id.as_ref().map(|id| format!("client id `{id}`")));
        let words = if words.is_empty() { "anyone".into() } else { words.join(", ") };
        return Err(ChangeError::NoSocket(words));
    }
    Ok(conns)
}
