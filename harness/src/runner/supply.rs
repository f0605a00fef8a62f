//! The board's reset, supply and network cable, and setting it up again afterwards.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::console::{Answer, Order};
use super::plan::Ended;
use super::stage::Stage;
use crate::board::{BoardError, Ear, Lever, Reach};
use crate::scenario::model::DEVICE;
use crate::scenario::steps;

/// A board without power is dead within this.
const OFF_LIMIT: Duration = Duration::from_secs(2);

/// What a device is started with, kept for when its power comes back.
pub struct Supply {
    /// The service's port for the device, where there are ports.
    pub port: Option<u16>,
    /// Where it is heard.
    pub ear: Ear,
}

impl Stage {
    /// Gives the board power, and tells the device everything up to but not including `start`.
    ///
    /// # Errors
    /// Infra when the board does not do its part; Failed when a device that ran before does not.
    pub async fn power_up(&mut self) -> Result<(), Ended> {
        let Some(Supply { port, ear }) = &self.supply else {
            return Err(Ended::Infra("this board has no supply of ours".into()));
        };
        let reach = port.map_or_else(|| Reach::Memory(self.mock.clone()), Reach::Port);
        let board = Arc::clone(&self.plan.board);
        let device = board.start(reach, self.plan.seed, ear.clone());
        self.device = Some(device.map_err(|BoardError(why)| Ended::Infra(why))?);
        self.set_up().await
    }

    /// Carries out a `reset` step: the device boots, and goes on if it was going.
    pub async fn reset(&mut self, reset: &steps::Reset) -> Result<(), Ended> {
        self.mark(reset.name.as_deref());
        self.orders.clear();
        self.greeted = false;
        self.pull(Lever::Reset).await?;
        self.go_on().await
    }

    /// Carries out a `power` step.
    pub async fn power(&mut self, power: &steps::Power) -> Result<(), Ended> {
        self.orders.clear();
        self.greeted = false;
        if let Some(device) = self.device.take() {
            device.stop(OFF_LIMIT).await;
        }
        self.let_pass(Instant::now() + power.off_for.duration()).await?;
        // Back from here on: booting is the device's own time.
        self.mark(power.name.as_deref());
        self.power_up().await?;
        self.start_again().await
    }

    /// Carries out a `sleep` step. The device is told nothing when it wakes: it goes on by itself.
    pub async fn sleep(&mut self, sleep: &steps::Sleep) -> Result<(), Ended> {
        let span = sleep.span.duration();
        self.tell(Order::new("sleep").with("for_ms", span.as_millis())).await?;
        self.orders.clear();
        self.greeted = false;
        // By then its last packets have arrived, and none of the next.
        self.let_pass(Instant::now() + span / 2).await?;
        self.asleep = Some(self.mock.traffic(DEVICE));
        self.let_pass(Instant::now() + span / 2).await?;
        self.greet().await?;
        self.mark(sleep.name.as_deref());
        Ok(())
    }

    /// After a sleep: what the device's connections have carried since.
    pub fn say_traffic(&mut self) {
        let Some(before) = self.asleep else { return };
        let now = self.mock.traffic(DEVICE);
        let fields = [
            ("connections", now.connections - before.connections),
            ("device_bytes", now.received - before.received),
            ("service_bytes", now.sent - before.sent),
            ("round_trips", now.round_trips - before.round_trips),
        ];
        let fields = fields.map(|(name, value)| (name, json!(value)));
        self.say("traffic", fields.into());
    }

    /// Carries out a `cable` step.
    pub async fn cable(&mut self, cable: &steps::Cable) -> Result<(), Ended> {
        self.mark(cable.name.as_deref());
        self.pull(Lever::Cable { plugged: cable.state == steps::CableState::Plugged }).await
    }

    async fn pull(&mut self, lever: Lever) -> Result<(), Ended> {
        let Some(device) = &mut self.device else {
            return Err(Ended::Infra("there is no device to do this to".into()));
        };
        device.pull(lever).await.map_err(|BoardError(why)| Ended::Infra(why))
    }

    async fn go_on(&mut self) -> Result<(), Ended> {
        self.set_up().await?;
        self.start_again().await
    }

    async fn start_again(&mut self) -> Result<(), Ended> {
        if self.started { self.start_device().await } else { Ok(()) }
    }

    async fn set_up(&mut self) -> Result<(), Ended> {
        self.greet().await?;
        let port = self.supply.as_ref().and_then(|supply| supply.port);
        for order in self.settings(port)? {
            let what = order.masked();
            if let Answer::Nak(why) = self.command(order).await? {
                return Err(Ended::Infra(format!("the board refused `{what}`: {why}")));
            }
        }
        Ok(())
    }

    /// Asks the device for its measurements, for the record of the run.
    ///
    /// # Errors
    /// As [`Self::command`].
    pub async fn gauges(&mut self) -> Result<(), Ended> {
        let spec = self.plan.board.spec();
        // On virtual time the process is the harness's own, and says nothing of a device.
        if !self.started || spec.virtual_clock() || !spec.meets("gauges") || self.device.is_none() {
            return Ok(());
        }
        self.say("command", vec![("name", json!("gauges"))]);
        self.command(Order::new("gauges")).await.map(|_| ())
    }
}
