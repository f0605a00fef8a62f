//! `wait` and `expect_none`: looking for records, and what it means when they do not come.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::moments::{Moment, Since};
use super::pattern::Pattern;
use super::plan::Ended;
use super::stage::{Pumped, Stage};
use crate::scenario::model::DEVICE;
use crate::scenario::steps::{ExpectNone, FieldValue, WITHIN_DEFAULT, Wait};
use crate::scenario::words;

impl Stage {
    /// Waits for what `wait` describes.
    ///
    /// # Errors
    /// Failed when it did not come in time; inconclusive when what did not come is the harness's
    /// own doing (a fault that never fired).
    pub async fn wait(&mut self, wait: &Wait) -> Result<(), Ended> {
        let limit = wait.within.unwrap_or(WITHIN_DEFAULT).duration();
        let (from, limit) = match &wait.since {
            // A requirement on the product: never scaled.
            Some(name) => (self.happened(name, limit).await?, limit),
            None => {
                let after = self.begin_of(wait);
                (Moment { after, ..self.moment() }, limit.mul_f64(self.scale()))
            }
        };
        let mut looking = Looking::new(self, wait);
        let until = self.recorder.instant(from.t_us) + limit;
        let until_us = self.recorder.t_us(until);
        let mut scanned = from.after;
        loop {
            looking.about(self, wait.of.as_deref());
            while let Some(record) = self.recorder.records().get(scanned) {
                scanned += 1;
                if !looking.found(record) {
                    continue;
                }
                let t_us = record.t_us;
                if t_us > until_us {
                    return Err(missed(wait, limit, Some(t_us.saturating_sub(from.t_us))));
                }
                let (source, seq) = (record.source.clone(), record.seq);
                self.cursor = self.cursor.max(scanned);
                if let Some(of) = &wait.of {
                    self.found_about.insert((wait.event.clone(), of.clone()), scanned);
                }
                if let Some(name) = &wait.name {
                    self.moments.point(name, Moment { t_us, after: scanned });
                    self.say(
                        "mark",
                        vec![
                            ("as", json!(name)),
                            ("at_us", json!(t_us)),
                            ("source", json!(source)),
                            ("seq", json!(seq)),
                        ],
                    );
                }
                return Ok(());
            }
            if self.pump(until).await? == Pumped::Due {
                return Err(missed(wait, limit, None));
            }
        }
    }

    /// Fails when what `none` describes is seen.
    ///
    /// # Errors
    /// Failed, naming when it was seen.
    pub async fn expect_none(&mut self, none: &ExpectNone) -> Result<(), Ended> {
        let watch = none.watch.duration();
        let until = Instant::now() + watch;
        let from = match &none.since {
            Some(name) => self.happened(name, watch).await?,
            None => self.moment(),
        };
        let wait = Wait {
            event: none.event.clone(),
            by: none.by.clone(),
            to: none.to.clone(),
            of: none.of.clone(),
            fields: none.fields.clone(),
            count: None,
            within: None,
            since: None,
            name: None,
        };
        let mut looking = Looking::new(self, &wait);
        looking.any = true;
        let mut scanned = from.after;
        loop {
            looking.about(self, none.of.as_deref());
            while let Some(record) = self.recorder.records().get(scanned) {
                scanned += 1;
                if looking.found(record) {
                    let after = record.t_us.saturating_sub(from.t_us);
                    return Err(Ended::Failed(format!(
                        "saw {} after {}, which must not be",
                        describe(&wait),
                        seconds(after)
                    )));
                }
            }
            if self.pump(until).await? == Pumped::Due {
                return Ok(());
            }
        }
    }

    /// Where a wait without `since` begins to look: after the last thing waited for. What is about a
    /// fault or a message may have come while another thing was waited for: from its begin on,
    /// unless a wait like this has been met before.
    fn begin_of(&self, wait: &Wait) -> usize {
        let Some(of) = &wait.of else { return self.cursor };
        let Some(begun) = self.moments.begun(of) else { return self.cursor };
        let met = self.found_about.get(&(wait.event.clone(), of.clone()));
        met.map_or(begun, |met| begun.max(*met))
    }

    /// The moment that `name` stands for, waiting for it when it has not come yet.
    async fn happened(&mut self, name: &str, limit: Duration) -> Result<Moment, Ended> {
        let until = Instant::now() + limit.max(WITHIN_DEFAULT.duration());
        loop {
            match self.moments.since(name) {
                Since::Then(moment) => return Ok(moment),
                Since::Unknown => return Err(Ended::Infra(format!("nothing is named `{name}`"))),
                Since::NotYet => {}
            }
            if self.pump(until).await? == Pumped::Due {
                return Err(Ended::Inconclusive(format!("`{name}` never happened")));
            }
        }
    }

    /// The factor on waits of this board; never on requirements.
    pub fn scale(&self) -> f64 {
        let kind = self.plan.board.spec().kind.in_files();
        self.plan.scenario.timeouts.get(&kind).map_or(1.0, |scale| scale.0)
    }
}

/// What is still to be found, by member of the group that shows it.
struct Looking {
    patterns: Vec<(Pattern, u32)>,
    /// One of one member is enough.
    any: bool,
}

impl Looking {
    fn new(stage: &Stage, wait: &Wait) -> Self {
        let received = matches!(wait.event.as_str(), "answer" | "message");
        let who = if received { wait.to.as_ref().or(wait.by.as_ref()) } else { wait.by.as_ref() };
        let who = who.map_or(DEVICE, String::as_str);
        let about_fault = wait.event.starts_with("fault.");
        let traced = stage.plan.board.spec().traced();
        let pattern = |who: String| {
            let ours = who == DEVICE;
            let pattern = Pattern {
                event: wait.event.clone(),
                who,
                shas: None,
                fault: wait.of.clone().filter(|_| about_fault),
                fields: plain(&wait.fields),
                traced: true,
                sockets: None,
            };
            if traced || !ours {
                return pattern;
            }
            let stand_in = words::stand_in(&wait.event, &wait.fields);
            pattern.untraced(stand_in, stage.recorder.records())
        };
        let count = wait.count.unwrap_or(1);
        let members = stage.plan.scenario.members(who);
        let patterns = members.into_iter().map(|who| (pattern(who), count)).collect();
        Self { patterns, any: false }
    }

    /// A message's digest is known only once it is sent.
    fn about(&mut self, stage: &Stage, of: Option<&str>) {
        let Some(of) = of else { return };
        for (pattern, _) in &mut self.patterns {
            if pattern.fault.is_none() {
                pattern.shas = Some(stage.moments.shas(of).to_vec());
            }
        }
    }

    /// Takes one record into account; whether everything is found now.
    fn found(&mut self, record: &crate::history::Record) -> bool {
        let mut matched = false;
        for (pattern, left) in &mut self.patterns {
            pattern.note(record);
            if *left > 0 && pattern.matches(record) {
                *left -= 1;
                matched = true;
            }
        }
        matched && (self.any || self.patterns.iter().all(|(_, left)| *left == 0))
    }
}

fn plain(fields: &BTreeMap<String, FieldValue>) -> BTreeMap<String, Value> {
    fields.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect()
}

fn missed(wait: &Wait, limit: Duration, late_us: Option<u64>) -> Ended {
    let limit = seconds(u64::try_from(limit.as_micros()).unwrap_or(u64::MAX));
    let since = wait.since.as_ref().map(|since| format!(" of `{since}`")).unwrap_or_default();
    let found =
        late_us.map_or("not seen".to_owned(), |late| format!("came after {}", seconds(late)));
    let text = format!("required {} within {limit}{since}: {found}", describe(wait));
    if wait.event.starts_with("fault.") { Ended::Inconclusive(text) } else { Ended::Failed(text) }
}

fn describe(wait: &Wait) -> String {
    let mut text = match wait.count {
        Some(count) if count > 1 => format!("{count} × {}", wait.event),
        Some(_) | None => wait.event.clone(),
    };
    for (word, name) in [("by", &wait.by), ("to", &wait.to), ("of", &wait.of)] {
        if let Some(name) = name {
            text.push_str(&format!(" {word} {name}"));
        }
    }
    for (name, value) in &wait.fields {
        text.push_str(&format!(" {name}={}", value.0));
    }
    text
}

fn seconds(us: u64) -> String {
    format!("{}.{:03} s", us / 1_000_000, us / 1_000 % 1_000)
}
