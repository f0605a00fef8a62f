//! Plays one scenario variant on one board: one thread, one runtime, one loop; the same on real and
//! on virtual time.

mod certificate;
mod conclude;
mod console;
mod coverage;
mod greet;
pub mod interrupt;
mod judge;
mod keys;
pub mod list;
mod liveness;
mod moments;
mod pattern;
mod plan;
mod provider;
mod provision;
mod reach;
pub mod schedule;
mod snapshots;
mod stage;
mod steps;
pub mod suite;
mod supply;
mod waits;
mod watchdog;

use std::sync::Arc;
use std::time::Duration;

use mock_kvs::{Change, Config, Mock};
use serde_json::json;
use tokio::sync::{mpsc, watch};

pub use plan::{Ended, Plan, Played};
pub use watchdog::LATE_MAX;

use crate::board::Ear;
use crate::evidence::Recorder;
use crate::redact::Secret;
use crate::scenario::model::{Joins, Liveness, Scenario};
use crate::scenario::steps::{Step, WITHIN_DEFAULT};
use provider::Provider;
use stage::{Inlets, Parts, Stage};
use watchdog::Watchdog;

/// Virtual wall time of every run on `sim`: 2026-01-01T00:00:00Z (decision 15).
const SIM_WALL_START_MS: u64 = 1_767_225_600_000;
/// Provisioning, peers and liveness, beside the steps.
const AROUND_STEPS: Duration = Duration::from_secs(240);
/// What is still under way at the end arrives within this: it is milliseconds on loopback.
const LINGER: Duration = Duration::from_millis(250);
/// The same where time costs nothing.
const LINGER_VIRTUAL: Duration = Duration::from_secs(5);
/// A device that is told to stop has this long before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// Told when a run comes to a top-level step: its place, from 1.
pub type OnStep = Arc<dyn Fn(usize)>;

/// Plays `plan` on this thread; `cancel` turning true ends it early.
pub fn play(plan: Plan, cancel: watch::Receiver<bool>, on_step: OnStep) -> Played {
    if let Err(error) = plan.board.enter() {
        return Played::nothing(Ended::Infra(error.to_string()));
    }
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(plan.board.spec().virtual_clock());
    match builder.build() {
        Ok(runtime) => {
            let local = tokio::task::LocalSet::new();
            let played = local.block_on(&runtime, on_stage(plan, cancel, on_step));
            drop(local);
            // Whatever is left may not keep the thread: it is over.
            runtime.shutdown_background();
            played
        }
        Err(error) => Played::nothing(Ended::Infra(format!("no runtime: {error}"))),
    }
}

async fn on_stage(plan: Plan, cancel: watch::Receiver<bool>, on_step: OnStep) -> Played {
    let virtual_clock = plan.board.spec().virtual_clock();
    let watchdog = Watchdog::start(virtual_clock);
    let recorder = Recorder::start();
    let mock = match Mock::new(config(&plan)) {
        Ok(mock) => mock,
        Err(error) => return Played::nothing(Ended::Infra(error.to_string())),
    };
    let (heard_sender, heard) = mpsc::unbounded_channel();
    let (seen_sender, seen) = mpsc::unbounded_channel();
    let inlets = Inlets { heard, seen, journal: mock.journal().subscribe(), cancel };
    let ear = Ear::new(heard_sender, mock.journal().clone());
    let credentials = &plan.scenario.service.credentials;
    let provider = Provider::new(
        credentials.valid_for.map(|span| span.duration()),
        credentials.renewed_for.map(|span| span.duration()),
        credentials.delay.map_or(Duration::ZERO, |span| span.duration()),
    );
    let parts = Parts { plan, recorder, mock, provider, inlets, seen_sender, on_step };
    let mut stage = Stage::new(parts);
    let ended = match stage.whole_run(ear).await {
        Ok(()) => Ended::Done,
        Err(ended) => stage.unless_the_bench_broke(ended).await,
    };
    stage.leave(ended, &watchdog).await
}

impl Stage {
    async fn whole_run(&mut self, ear: Ear) -> Result<(), Ended> {
        let scenario = Arc::clone(&self.plan.scenario);
        self.open_channel(&scenario)?;
        self.provision(ear).await?;
        self.gather().await?;
        if scenario.device.start == Joins::Start {
            self.start_device().await?;
        }
        self.play(&scenario.steps, "").await?;
        if let Some(fault) = self.moments.never_fired().next() {
            return Err(Ended::Inconclusive(format!("the fault `{fault}` never fired")));
        }
        if scenario.liveness == Liveness::On {
            self.liveness().await?;
        }
        let linger = if self.plan.board.spec().virtual_clock() { LINGER_VIRTUAL } else { LINGER };
        self.let_pass(tokio::time::Instant::now() + linger).await?;
        self.gauges().await
    }

    fn open_channel(&mut self, scenario: &Scenario) -> Result<(), Ended> {
        let plan = &self.plan;
        self.recorder.harness(
            "run",
            vec![
                ("id", json!(plan.id)),
                ("variant", json!(plan.variant)),
                ("seed", json!(plan.seed)),
                ("repeat", json!(plan.repeat)),
                ("board", json!(plan.board.spec().name)),
            ],
        );
        if scenario.service.channel.absent {
            return Ok(());
        }
        let ttl = scenario.service.channel.message_ttl.map(|span| span.duration());
        let stock = plan.board.spec().stock.as_ref();
        let channel = stock.map_or(provision::CHANNEL, |stock| &stock.channel);
        let made = self.mock.create_channel(channel, ttl);
        self.channel_arn = made.map_err(|error| Ended::Infra(error.to_string()))?.arn;
        if scenario.service.channel.media_storage {
            let stored = Change::MediaStorage { channel: None, enabled: true };
            self.mock.change(&stored).map_err(|error| Ended::Infra(error.to_string()))?;
        }
        Ok(())
    }

    /// Stops everything and gives what was recorded.
    async fn leave(mut self, ended: Ended, watchdog: &Watchdog) -> Played {
        let simulated = Duration::from_micros(self.moment().t_us);
        if let Some(device) = self.device.take() {
            device.stop(STOP_LIMIT).await;
        }
        // Given out where the harness was not asked.
        if self.plan.scenario.service.iot.is_some() || !self.plan.board.spec().traced() {
            let issued = self.mock.all_credentials();
            issued.iter().for_each(|issued| self.provider.remember(issued));
        }
        let mut secrets = self.provider.secrets().to_vec();
        let turn = self.mock.turn_passwords().into_iter();
        secrets.extend(turn.map(|password| Secret::new("turn_password", password)));
        let marks = self.moments.points();
        let (history, console) = self.recorder.finish();
        let late = watchdog.latest();
        Played {
            ended,
            history,
            console,
            secrets,
            marks,
            wall_start_unix_ms: self.wall_start_unix_ms,
            clock_offset_ms: self.clock_offset_ms,
            simulated,
            late,
        }
    }
}

fn config(plan: &Plan) -> Config {
    let service = &plan.scenario.service;
    let mut config = Config { seed: plan.seed, ..Config::default() };
    if plan.board.spec().virtual_clock() {
        config.wall_start = Some(SIM_WALL_START_MS);
    }
    if let Some(ttl) = service.ice_servers.ttl {
        config.ice_ttl_s = u32::try_from(ttl.duration().as_secs()).unwrap_or(u32::MAX);
    }
    if let Some(ttl) = service.channel.message_ttl {
        config.message_ttl = ttl.duration();
    }
    config.authority = plan.authority.clone();
    if let Some(stock) = &plan.board.spec().stock {
        config.authority = Some(stock.authority.clone());
        config.region.clone_from(&stock.region);
    }
    config
}

/// About how long a run of `scenario` takes when all goes well: the time it lets pass.
pub fn expected(scenario: &Scenario) -> Duration {
    lets_pass(&scenario.steps)
}

fn lets_pass(steps: &[Step]) -> Duration {
    let one = |step: &Step| match step {
        Step::Settle(span) => span.duration(),
        Step::ExpectNone(none) => none.watch.duration(),
        Step::Advance(advance) => advance.by.duration(),
        Step::Power(power) => power.off_for.duration(),
        Step::Sleep(sleep) => sleep.span.duration(),
        Step::Repeat(repeat) => lets_pass(&repeat.steps) * repeat.times,
        // A wait for something far away lasts, too: half its limit is as good a guess as any.
        Step::Wait(wait) => wait.within.unwrap_or(WITHIN_DEFAULT).duration() / 2,
        Step::Send(_)
        | Step::Command(_)
        | Step::Inject(_)
        | Step::Heal(_)
        | Step::Connect(_)
        | Step::Disconnect(_)
        | Step::Reset(_)
        | Step::Cable(_)
        | Step::Service(_)
        | Step::Note(_) => Duration::ZERO,
    };
    steps.iter().map(one).sum()
}

/// The longest a run of `scenario` may take on its own clock.
pub fn limit(scenario: &Scenario) -> Duration {
    AROUND_STEPS + bound(&scenario.steps)
}

/// The longest that `steps` can take when each takes all the time it may.
fn bound(steps: &[Step]) -> Duration {
    /// Waits may be scaled for slow boards, and a wait with `since` first waits for that.
    const SLOW: u32 = 4;
    let one = |step: &Step| match step {
        Step::Wait(wait) => {
            wait.within.unwrap_or(WITHIN_DEFAULT).duration().max(WITHIN_DEFAULT.duration()) * SLOW
        }
        Step::ExpectNone(none) => none.watch.duration() * 2 + WITHIN_DEFAULT.duration(),
        Step::Power(power) => power.off_for.duration(),
        Step::Sleep(sleep) => sleep.span.duration() + Duration::from_secs(60),
        Step::Advance(advance) => advance.by.duration(),
        Step::Settle(span) => span.duration(),
        Step::Repeat(repeat) => bound(&repeat.steps) * repeat.times,
        Step::Send(_) | Step::Command(_) => Duration::from_secs(60),
        Step::Inject(_)
        | Step::Heal(_)
        | Step::Connect(_)
        | Step::Disconnect(_)
        | Step::Reset(_)
        | Step::Cable(_)
        | Step::Service(_)
        | Step::Note(_) => Duration::from_secs(1),
    };
    steps.iter().map(one).sum()
}
