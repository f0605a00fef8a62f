//! Toxics: what Toxiproxy calls a fault on the link, put on ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ProxyError, links};
use crate::clock::Now;
use crate::fault::rules::Face;
use crate::journal::{Event, Text};
use crate::link::{Condition, Direction, End, Latency, LinkHandle, Links, Tag, Then, Toward};
use crate::random::Random;
use crate::shared::Shared;

/// A toxic as Toxiproxy's clients write and read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ToxicSpec {
    #[serde(default)]
    name: String,
    #[serde(default)]
    stream: Stream,
    /// The part of the connections that it happens to.
    #[serde(default = "whole")]
    toxicity: f64,
    #[serde(flatten)]
    kind: Kind,
}

/// A direction in Toxiproxy's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stream {
    /// From the service to the client.
    #[default]
    Downstream,
    /// From the client to the service.
    Upstream,
}

/// The toxics, with their attributes in Toxiproxy's units: ms, KB/s, bytes; `slicer`'s delay in µs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "attributes", rename_all = "snake_case")]
enum Kind {
    Latency {
        #[serde(default)]
        latency: u64,
        #[serde(default)]
        jitter: u64,
    },
    Bandwidth {
        #[serde(default)]
        rate: u64,
    },
    SlowClose {
        #[serde(default)]
        delay: u64,
    },
    Timeout {
        #[serde(default)]
        timeout: u64,
    },
    ResetPeer {
        #[serde(default)]
        timeout: u64,
    },
    Slicer {
        #[serde(default)]
        average_size: u64,
        /// Kept, and not used: pieces are of the average size.
        #[serde(default)]
        size_variation: u64,
        #[serde(default)]
        delay: u64,
    },
    LimitData {
        #[serde(default)]
        bytes: u64,
    },
}

/// A toxic in force.
#[derive(Debug)]
pub(crate) struct Toxic {
    pub spec: ToxicSpec,
    tag: Tag,
    face: Arc<Face>,
    /// Cleared when it is healed: ends that it has planned do not come any more.
    in_force: Arc<AtomicBool>,
}

impl ToxicSpec {
    /// Reads a toxic, over what it was before when it is an update.
    pub fn read(before: Option<&Self>, body: Value) -> Result<Self, ProxyError> {
        let bad = |error: serde_json::Error| ProxyError::Bad(error.to_string());
        let Value::Object(body) = body else {
            return Err(ProxyError::Bad("it is no JSON object".to_owned()));
        };
        let mut whole = match before {
            Some(before) => serde_json::to_value(before).map_err(bad)?,
            None => Value::Object(Map::new()),
        };
        let kept = ["name", "type", "stream"];
        for (key, value) in body {
            if before.is_some() && kept.contains(&key.as_str()) {
                continue;
            }
            match (key.as_str(), value) {
                ("attributes", Value::Object(attributes)) => {
                    for (name, value) in attributes {
                        whole["attributes"][name] = value;
                    }
                }
                // Some clients send what they leave open.
                (_, Value::Null) => {}
                (_, value) => whole[key] = value,
            }
        }
        if whole["attributes"].is_null() {
            whole["attributes"] = Value::Object(Map::new());
        }
        let mut spec: Self = serde_json::from_value(whole).map_err(bad)?;
        if !(0.0..=1.0).contains(&spec.toxicity) {
            return Err(ProxyError::Bad("toxicity is 0 to 1".to_owned()));
        }
        if spec.name.is_empty() {
            spec.name = format!("{}_{}", spec.kind.word(), spec.stream.word());
        }
        Ok(spec)
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Stream {
    const fn word(self) -> &'static str {
        match self {
            Self::Downstream => "downstream",
            Self::Upstream => "upstream",
        }
    }

    const fn direction(self) -> (Direction, Toward) {
        match self {
            Self::Downstream => (Direction::Device, Toward::Device),
            Self::Upstream => (Direction::Service, Toward::Service),
        }
    }
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Latency { .. } => "latency",
            Self::Bandwidth { .. } => "bandwidth",
            Self::SlowClose { .. } => "slow_close",
            Self::Timeout { .. } => "timeout",
            Self::ResetPeer { .. } => "reset_peer",
            Self::Slicer { .. } => "slicer",
            Self::LimitData { .. } => "limit_data",
        }
    }

    /// What stands on a connection.
    fn condition(self) -> Option<Condition> {
        match self {
            Self::Latency { latency, jitter } => Some(Condition::Latency(Latency {
                jitter: Duration::from_millis(jitter),
                ..Latency::constant(Duration::from_millis(latency))
            })),
            // As there: a rate of 0 is no limit.
            Self::Bandwidth { rate } => {
                (rate > 0).then(|| Condition::Bandwidth { bytes_per_s: rate.saturating_mul(1000) })
            }
            Self::SlowClose { delay } => {
                Some(Condition::LateFin { by: Duration::from_millis(delay) })
            }
            Self::Timeout { .. } => Some(Condition::BlackHole),
            // Held, so that no FIN comes before the reset.
            Self::ResetPeer { .. } => Some(Condition::Stall),
            Self::Slicer { average_size, delay, .. } => Some(Condition::Slice {
                bytes: usize::try_from(average_size.max(1)).unwrap_or(usize::MAX),
                apart: Duration::from_micros(delay),
            }),
            Self::LimitData { .. } => None,
        }
    }

    /// How a connection ends, and after how long. As there: a timeout of 0 never does, a reset
    /// after 0 comes at once.
    fn end(self) -> Option<(End, Duration)> {
        match self {
            Self::Timeout { timeout: 0 }
            | Self::Latency { .. }
            | Self::Bandwidth { .. }
            | Self::SlowClose { .. }
            | Self::Slicer { .. }
            | Self::LimitData { .. } => None,
            Self::Timeout { timeout } => Some((End::Close, Duration::from_millis(timeout))),
            Self::ResetPeer { timeout } => Some((End::Reset, Duration::from_millis(timeout))),
        }
    }
}

impl Shared {
    /// Puts a toxic on a proxy's connections, those that live and those to come.
    pub fn add_toxic(
        self: &Arc<Self>,
        proxy: &str,
        spec: ToxicSpec,
    ) -> Result<ToxicSpec, ProxyError> {
        self.with(|state, now| {
            let links = links(state, proxy)?;
            let tag = state.rules.number();
            let toxics = &mut state.proxies.find(proxy)?.toxics;
            if toxics.iter().any(|toxic| toxic.spec.name == spec.name) {
                return Err(ProxyError::ToxicExists);
            }
            toxics.push(self.arm_toxic(now, proxy, &links, tag, spec.clone()));
            Ok(spec)
        })
    }

    /// Changes attributes or toxicity.
    pub fn update_toxic(
        self: &Arc<Self>,
        proxy: &str,
        name: &str,
        body: Value,
    ) -> Result<ToxicSpec, ProxyError> {
        self.with(|state, now| {
            let links = links(state, proxy)?;
            let tag = state.rules.number();
            let toxics = &mut state.proxies.find(proxy)?.toxics;
            let toxic = toxics.iter_mut().find(|toxic| toxic.spec.name == name);
            let toxic = toxic.ok_or(ProxyError::NoToxic)?;
            let spec = ToxicSpec::read(Some(&toxic.spec), body)?;
            self.heal_toxic(now, proxy, &links, toxic);
            *toxic = self.arm_toxic(now, proxy, &links, tag, spec.clone());
            Ok(spec)
        })
    }

    pub fn remove_toxic(&self, proxy: &str, name: &str) -> Result<(), ProxyError> {
        self.with(|state, now| {
            let links = links(state, proxy)?;
            let toxics = &mut state.proxies.find(proxy)?.toxics;
            let place = toxics.iter().position(|toxic| toxic.spec.name == name);
            let toxic = toxics.remove(place.ok_or(ProxyError::NoToxic)?);
            self.heal_toxic(now, proxy, &links, &toxic);
            Ok(())
        })
    }

    fn arm_toxic(
        self: &Arc<Self>,
        now: Now,
        proxy: &str,
        links: &Links,
        tag: Tag,
        spec: ToxicSpec,
    ) -> Toxic {
        let fault = spec.kind.word();
        let name = Text::from(spec.name.as_str());
        let face = Arc::new(Face { name: name.clone(), fault, cuts: AtomicU32::new(0) });
        self.reports.add_rule(tag, Arc::clone(&face));
        let armed = Event::FaultArmed { rule: name, fault };
        self.journal.append(now.us, Some(Text::from(proxy)), None, armed);
        let in_force = Arc::new(AtomicBool::new(true));
        let (shared, kind) = (Arc::downgrade(self), spec.kind);
        let (toxicity, stream) = (spec.toxicity, spec.stream);
        let (seed, still) = (self.config.seed, Arc::clone(&in_force));
        links.attach(tag, move |link| {
            let chance = Random::new(seed ^ tag.0, &format!("toxic {}", link.conn())).unit();
            if chance >= toxicity {
                return;
            }
            befall(link, tag, kind, stream);
            let Some((end, after)) = kind.end() else { return };
            if after.is_zero() {
                link.end(tag, end);
            } else if let Some(shared) = shared.upgrade() {
                let (link, still) = (link.clone(), Arc::clone(&still));
                shared.spawn(async move {
                    tokio::time::sleep(after).await;
                    if still.load(Ordering::Relaxed) {
                        link.end(tag, end);
                    }
                });
            }
        });
        Toxic { spec, tag, face, in_force }
    }

    pub(super) fn heal_toxic(&self, now: Now, proxy: &str, links: &Links, toxic: &Toxic) {
        toxic.in_force.store(false, Ordering::Relaxed);
        links.heal(toxic.tag);
        let Face { name, fault, .. } = &*toxic.face;
        let healed = Event::FaultHealed { rule: name.clone(), fault };
        self.journal.append(now.us, Some(Text::from(proxy)), None, healed);
    }
}

fn befall(link: &LinkHandle, tag: Tag, kind: Kind, stream: Stream) {
    let (direction, toward) = stream.direction();
    if let Some(condition) = kind.condition() {
        link.set(tag, toward, condition);
    }
    if let Kind::LimitData { bytes } = kind {
        link.cut_after(tag, direction, bytes, Then::End(End::Close));
    }
}

const fn whole() -> f64 {
    1.0
}
