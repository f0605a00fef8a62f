//! What a connection, an upgrade and a relayed message cost, against a plain tokio-tungstenite
//! relay over the same TLS in the same run.
//!
//! `cargo bench -p mock-kvs --bench load [-- --connections N]` measures with 10,000 connections;
//! `cargo test` runs the same program with 200, so that it does not rot. Servers are processes of
//! their own: what is measured of them is theirs alone. `docs/performance.md` has the figures.
#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

mod client;
mod process;
mod server;

use std::io;

use client::Fleet;
use process::{Server, Usage};
use server::Kind;

/// The service's own limit of a channel: a master and ten viewers.
pub const SEATS: usize = 11;
/// Messages of the relay's measurement, over all channels.
const MESSAGES: usize = 20_000;
/// Fleets that connect after the first has gone.
const LATER_FLEETS: usize = 4;

fn main() -> io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(kind) = words.first().and_then(|word| Kind::of(word)) {
        let channels = words.get(1).and_then(|n| n.parse().ok()).unwrap_or(1);
        return server::serve(kind, channels);
    }
    // cargo gives the first to a benchmark and not to a test.
    let connections = if words.iter().any(|word| word == "--bench") { 10_000 } else { 200 };
    let asked = words.iter().position(|word| word == "--connections");
    let asked = asked.and_then(|at| words.get(at + 1)?.parse().ok());
    let connections: usize = asked.unwrap_or(connections);
    process::allow_files(connections + 256)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let messages = MESSAGES.min(connections * 20);
    println!("{connections} connections over TLS, then {messages} messages of 1 KiB:");
    let mock = runtime.block_on(measure(Kind::Mock, connections, messages))?;
    mock.print("mock-kvs");
    let plain = runtime.block_on(measure(Kind::Plain, connections, messages))?;
    plain.print("plain relay");
    mock.against(&plain);
    Ok(())
}

/// One server's figures.
struct Figures {
    memory_kib: Option<f64>,
    upgrades_per_s: f64,
    cpu_us_per_upgrade: Option<f64>,
    messages_per_s: f64,
    cpu_us_per_message: Option<f64>,
    pongs: usize,
    again_kib: Option<f64>,
}

async fn measure(kind: Kind, connections: usize, messages: usize) -> io::Result<Figures> {
    let server = Server::start(kind, connections.div_ceil(SEATS))?;
    // What the first connection brings into being belongs to none.
    let first = Fleet::connect(&server, kind, SEATS).await?;
    drop(first);
    let before = server.settled().await;
    let mut fleet = Fleet::connect(&server, kind, connections).await?;
    let (upgraded, connecting) = (server.usage(), fleet.took);
    let idle = server.settled().await;
    let pongs = fleet.ping_all().await?;
    assert_eq!(pongs, connections, "every connection is served");
    let calm = server.usage();
    let relaying = fleet.relay(messages).await?;
    let relayed = server.usage();
    let each = |from: &Option<Usage>, to: &Option<Usage>, n: usize| {
        let (from, to) = (from.as_ref()?, to.as_ref()?);
        Some((to.cpu_us - from.cpu_us) as f64 / n as f64)
    };
    drop(fleet);
    // Memory that the allocator keeps is used again by those who come later; a leak would not be.
    let mut fleets = Vec::new();
    for _ in 0..LATER_FLEETS {
        server.settled().await;
        let fleet = Fleet::connect(&server, kind, connections).await?;
        fleets.push(server.settled().await);
        drop(fleet);
    }
    let [.., one, next] = &*fleets else { return Err(io::ErrorKind::NotFound.into()) };
    let grown = |from: &Option<Usage>, to: &Option<Usage>| {
        let (from, to) = (from.as_ref()?, to.as_ref()?);
        Some((to.rss_kib as f64 - from.rss_kib as f64) / connections as f64)
    };
    Ok(Figures {
        memory_kib: grown(&before, &idle),
        upgrades_per_s: connections as f64 / connecting.as_secs_f64(),
        cpu_us_per_upgrade: each(&before, &upgraded, connections),
        messages_per_s: messages as f64 / relaying.as_secs_f64(),
        cpu_us_per_message: each(&calm, &relayed, messages),
        pongs,
        again_kib: grown(one, next),
    })
}

impl Figures {
    fn print(&self, name: &str) {
        println!("{name}");
        println!("  held, and each answered a ping     {:>10}", self.pongs);
        println!("  memory per idle connection         {:>10} KiB", shown(self.memory_kib));
        println!(
            "    added by the {LATER_FLEETS}th fleet after them    {:>9} KiB",
            shown(self.again_kib)
        );
        println!("  upgrades                           {:>10.0} /s", self.upgrades_per_s);
        println!("    the server's CPU for each        {:>10} µs", shown(self.cpu_us_per_upgrade));
        println!("  relayed messages                   {:>10.0} /s", self.messages_per_s);
        println!("    the server's CPU for each        {:>10} µs", shown(self.cpu_us_per_message));
    }

    fn against(&self, plain: &Self) {
        let ratio = |ours: Option<f64>, theirs: Option<f64>| match (ours, theirs) {
            (Some(ours), Some(theirs)) if theirs > 0.0 => format!("{:.2}", ours / theirs),
            _ => "not measured here".to_owned(),
        };
        println!("mock-kvs / plain relay");
        println!("  memory per idle connection {}", ratio(self.memory_kib, plain.memory_kib));
        let rate = ratio(Some(self.upgrades_per_s), Some(plain.upgrades_per_s));
        println!("  upgrades a second          {rate}");
        let cpu = ratio(self.cpu_us_per_upgrade, plain.cpu_us_per_upgrade);
        println!("  CPU per upgrade            {cpu}");
        let rate = ratio(Some(self.messages_per_s), Some(plain.messages_per_s));
        println!("  messages a second          {rate}");
        let cpu = ratio(self.cpu_us_per_message, plain.cpu_us_per_message);
        println!("  CPU per message            {cpu}");
    }
}

fn shown(figure: Option<f64>) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.1}"))
}
