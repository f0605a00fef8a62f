//! Before the first step: the channel, what the device is told, who else connects.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mock_kvs::names::{Names, Others};
use mock_kvs::standalone::kept_key;
use mock_kvs::{Authority, Tls};
use serde_json::json;
use tokio::time::Instant;

use super::console::{Answer, Order};
use super::plan::Ended;
use super::stage::{Pumped, Stage};
use super::supply::Supply;
use crate::board::{BoardError, Ear, Environment, Kind, Reach, WiFi};
use crate::peer::{Ask, Dial, Keys, Peer, Role as PeerRole, Setup};
use crate::redact::Secret;
use crate::scenario::model::{Actor, DEVICE, Joins, Role, Trusts};

/// The channel of every run.
pub const CHANNEL: &str = "scenario";
/// Where AWS serves, and where some clients look whatever they are told.
const HTTPS_PORT: u16 = 443;
/// Where every resolver asks.
const DNS_PORT: u16 = 53;
/// A peer connects within this.
const JOIN_LIMIT: Duration = Duration::from_secs(20);
/// The service lets three clients a second connect to a channel: peers come one after another.
const JOIN_APART: Duration = Duration::from_millis(350);

impl Stage {
    /// Starts the device and tells it everything, up to but not including `start`.
    ///
    /// # Errors
    /// Infra, when the board does not do its part.
    pub async fn provision(&mut self, ear: Ear) -> Result<(), Ended> {
        if let Some(port) = self.plan.board.spec().stock.as_ref().map(|stock| stock.port) {
            // Nobody listens there yet: see `start_device`.
            self.held = Some((self.as_it_was_made_for(port).await?, ear));
            return Ok(());
        }
        let port = self.listen(DEVICE).await?;
        if self.plan.board.spec().own_network {
            // There is nothing else in that world.
            self.name_service(Others::NoSuchName).await?;
        }
        if !self.plan.board.spec().traced() {
            let port = port.ok_or_else(|| Ended::Infra("a client needs a port".into()))?;
            let environment = self.environment(port).await?;
            self.held = Some((Reach::Environment(Box::new(environment)), ear));
            return Ok(());
        }
        self.supply = Some(Supply { port, ear });
        self.power_up().await
    }

    /// The service as a firmware knows it that nobody can tell anything.
    async fn as_it_was_made_for(&mut self, port: u16) -> Result<Reach, Ended> {
        if let Some(what) = self.own_to_firmware() {
            return Err(Ended::Inconclusive(format!(
                "foreign firmware has {what} of its own, and the scenario wants another"
            )));
        }
        // Known to the service from here on, and masked wherever it shows.
        let key = kept_key(&self.mock);
        self.provider.remember(&key);
        if port == HTTPS_PORT {
            self.name_service(Others::Refuse).await?;
        }
        Ok(Reach::Port(port))
    }

    /// What the scenario sets and a firmware has built in.
    fn own_to_firmware(&self) -> Option<&'static str> {
        let (device, service) = (&self.plan.scenario.device, &self.plan.scenario.service);
        let settings = [
            (service.credentials.valid_for.is_some(), "keys"),
            (service.iot.is_some(), "credentials"),
            (device.role != Role::Master, "a role"),
            (device.trusts != Trusts::Service, "an authority"),
            (device.create_channel || service.channel.absent, "a channel"),
            (device.control_plane.is_some(), "an endpoint"),
        ];
        settings.into_iter().find(|(differs, _)| *differs).map(|(_, what)| what)
    }

    /// Leads AWS's names to where the service listens for the device.
    async fn name_service(&self, others: Others) -> Result<(), Ended> {
        let host = self.plan.board.spec().listen_address();
        let at = SocketAddr::from((host, DNS_PORT));
        let served = self.mock.listen_names(DEVICE, at, Names { answer: host, others }).await;
        served.map(drop).map_err(|error| Ended::Infra(format!("no name service: {error}")))
    }

    /// What a client is told that takes no commands.
    async fn environment(&mut self, port: u16) -> Result<Environment, Ended> {
        let keys_url = self.provider.serve(&self.mock).await;
        let no_port = |error| Ended::Infra(format!("no port for the client's keys: {error}"));
        let device = &self.plan.scenario.device;
        let client_id = device.client_id.clone().unwrap_or_else(|| DEVICE.to_owned());
        let known = !self.channel_arn.is_empty();
        Ok(Environment {
            endpoint: if self.plan.board.spec().own_network {
                format!("https://kinesisvideo.{}.amazonaws.com", self.mock.region())
            } else {
                format!("https://127.0.0.1:{port}")
            },
            ca_pem: self.mock.ca_pem().to_owned(),
            channel: CHANNEL.to_owned(),
            channel_arn: known.then(|| self.channel_arn.clone()),
            role: device.role,
            region: self.mock.region().to_owned(),
            client_id: (device.role == Role::Viewer).then_some(client_id),
            keys: self.provider.issue_first(&self.mock),
            keys_url: keys_url.map_err(no_port)?,
        })
    }

    /// A listener for one actor, where there are ports at all.
    async fn listen(&self, actor: &str) -> Result<Option<u16>, Ended> {
        if self.plan.board.spec().kind == Kind::Sim {
            return Ok(None);
        }
        let spec = self.plan.board.spec();
        let port = match &spec.stock {
            _ if actor != DEVICE => 0,
            Some(stock) => stock.port,
            None if spec.own_network => HTTPS_PORT,
            None => 0,
        };
        // Others than the device are of this machine.
        let device = || self.plan.board.spec().listen_address();
        let host = if actor == DEVICE { device() } else { Ipv4Addr::LOCALHOST };
        let address = SocketAddr::new(IpAddr::V4(host), port);
        let bound = self.mock.listen_tcp(actor, address, Tls::On).await;
        bound.map(|at| Some(at.port())).map_err(|error| Ended::Infra(error.to_string()))
    }

    /// Everything the device is told before its `start`.
    ///
    /// # Errors
    /// Infra, when the service cannot give what it needs.
    pub fn settings(&mut self, port: Option<u16>) -> Result<Vec<Order>, Ended> {
        let scenario = Arc::clone(&self.plan.scenario);
        let region = self.mock.region().to_owned();
        let device = &scenario.device;
        let mut orders = self.network();
        orders.extend(Order::set("role", device.role.word()));
        orders.extend(Order::set("channel", CHANNEL));
        orders.extend(Order::set("region", &region));
        if device.role == Role::Viewer {
            orders.extend(Order::set("client_id", device.client_id.as_deref().unwrap_or(DEVICE)));
        }
        if let Some(host) = &device.control_plane {
            orders.extend(Order::set("control_plane", host));
        }
        if device.create_channel {
            orders.extend(Order::set("create", "1"));
        }
        if device.media_storage {
            orders.extend(Order::set("media_storage", "1"));
        }
        if let Some(span) = device.ping_after {
            orders.extend(Order::set("ping_after_ms", &span.duration().as_millis().to_string()));
        }
        if let Some(span) = device.pong_timeout {
            orders.extend(Order::set("pong_timeout_ms", &span.duration().as_millis().to_string()));
        }
        if let Some(port) = port {
            orders.extend(Order::set("ca", &STANDARD.encode(self.trusted()?)));
            let to = SocketAddr::from((self.plan.board.spec().service_address(), port));
            orders.push(Order::new("resolve").with("suffix", "amazonaws.com").with("to", to));
        }
        if let Some(offset_s) = self.clock_offset_s() {
            self.clock_offset_ms = offset_s * 1_000;
            orders.push(Order::new("clock").with("offset_s", offset_s));
        }
        if let Some(mutant) = &self.plan.mutant {
            orders.push(Order::new("mutate").with("name", mutant));
        }
        orders.extend(match &scenario.service.iot {
            Some(iot) => self.certify(iot)?,
            None => self.provider.first(&self.mock),
        });
        Ok(orders)
    }

    /// How the device gets into the network, where it has to be told.
    fn network(&mut self) -> Vec<Order> {
        let Some(WiFi { ssid, password }) = self.plan.board.wifi() else { return Vec::new() };
        let mut orders = Order::set("wifi.ssid", &ssid);
        // An open network has none.
        if !password.is_empty() {
            orders.extend(Order::set("secret.wifi.password", &password));
            self.provider.keep(Secret::new("wifi_password", password));
        }
        orders
    }

    /// The authority that the device trusts.
    fn trusted(&self) -> Result<Vec<u8>, Ended> {
        match self.plan.scenario.device.trusts {
            Trusts::Service => Ok(self.mock.ca_der().to_vec()),
            Trusts::Stranger => Authority::new()
                .map(|stranger| stranger.der().to_vec())
                .map_err(|error| Ended::Infra(error.to_string())),
        }
    }

    fn clock_offset_s(&self) -> Option<i64> {
        let device = &self.plan.scenario.device;
        let wall_ms = i64::try_from(self.mock.wall_ms()).unwrap_or(i64::MAX);
        let offset_ms = match (device.clock_at, device.clock_offset) {
            (Some(date), _) => date.unix_ms.saturating_sub(wall_ms),
            (None, Some(offset)) => offset.millis(),
            (None, None) => return None,
        };
        Some(offset_ms / 1_000)
    }

    /// Makes every peer, and connects those that are there from the start.
    ///
    /// # Errors
    /// Inconclusive, when one of them cannot connect.
    pub async fn gather(&mut self) -> Result<(), Ended> {
        let scenario = Arc::clone(&self.plan.scenario);
        for (name, actor) in scenario.single_actors() {
            self.add_peer(&name, actor).await?;
        }
        let joining = scenario.single_actors();
        for (name, _) in joining.iter().filter(|(_, actor)| actor.joins == Joins::Start) {
            self.join(name).await?;
            if joining.len() > 2 {
                self.let_pass(Instant::now() + JOIN_APART).await?;
            }
        }
        Ok(())
    }

    /// Makes one peer on a listener of its own.
    ///
    /// # Errors
    /// Infra, when there is no listener to be had.
    pub async fn add_peer(&mut self, name: &str, actor: &Actor) -> Result<(), Ended> {
        let infra = |error: &dyn std::fmt::Display| Ended::Infra(error.to_string());
        let dial = match self.listen(name).await? {
            None => Dial::Memory { mock: self.mock.clone(), actor: name.to_owned() },
            Some(port) => {
                let to = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
                Dial::tls(to, self.mock.ca_der()).map_err(|error| infra(&error))?
            }
        };
        let issued = self.mock.issue_credentials(None);
        self.provider.remember(&issued);
        let device_offers = self.plan.scenario.device.role == Role::Viewer;
        let setup = Setup {
            actor: name.into(),
            role: match actor.role {
                Role::Master => PeerRole::Master,
                Role::Viewer => PeerRole::Viewer,
            },
            client_id: actor.client_id_of(name),
            channel_arn: self.channel_arn.clone(),
            region: self.mock.region().to_owned(),
            seed: self.plan.seed,
            resend_after: actor.resend_unanswered_after.map(|span| span.duration()),
            answers: actor.role == Role::Master && device_offers,
            dial,
            keys: Keys {
                access_key_id: issued.access_key_id,
                secret_key: issued.secret_key,
                session_token: issued.session_token.unwrap_or_default(),
            },
            mock: self.mock.clone(),
        };
        let peer = Peer::start(setup, self.seen_sender.clone());
        self.peers.insert(name.to_owned(), peer);
        Ok(())
    }

    /// Connects one peer and waits until it is.
    ///
    /// # Errors
    /// Inconclusive, with what the service said.
    pub async fn join(&mut self, name: &str) -> Result<(), Ended> {
        let mut scanned = self.recorder.records().len();
        if let Some(peer) = self.peers.get(name) {
            peer.ask(Ask::Connect);
        }
        let until = Instant::now() + JOIN_LIMIT;
        loop {
            while let Some(record) = self.recorder.records().get(scanned) {
                scanned += 1;
                if record.is(name, "peer.open") {
                    return Ok(());
                }
                if record.is(name, "peer.refused") {
                    let why = record.text("error").unwrap_or_default();
                    return Err(Ended::Inconclusive(format!("{name} could not connect: {why}")));
                }
            }
            if self.pump(until).await? == Pumped::Due {
                return Err(Ended::Infra(format!("{name} did not connect in time")));
            }
        }
    }

    /// Sets the device going.
    ///
    /// # Errors
    /// Infra, when it refuses to.
    pub async fn start_device(&mut self) -> Result<(), Ended> {
        self.say("command", vec![("name", json!("start"))]);
        if let Some((reach, ear)) = self.held.take() {
            let (board, seed) = (Arc::clone(&self.plan.board), self.plan.seed);
            let infra = |error: BoardError| Ended::Infra(error.to_string());
            let device = self.device.insert(board.start(reach, seed, ear).map_err(infra)?);
            device.restarted().await.map_err(infra)?;
            self.started = true;
            if board.spec().stock.is_some() {
                // Only now: who came before would be the firmware's life of before.
                self.listen(DEVICE).await?;
            }
            return Ok(());
        }
        match self.command(Order::new("start")).await? {
            Answer::Ack => {
                self.started = true;
                Ok(())
            }
            Answer::Nak(why) => Err(Ended::Infra(format!("the board refused `start`: {why}"))),
        }
    }
}
