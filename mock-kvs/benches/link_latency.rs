//! Injected against measured: how late delayed bytes are, what a plain link costs, and what it
//! weighs.
//!
//! `cargo bench -p mock-kvs --bench link_latency`. Prints; asserts nothing, because a busy machine
//! is no defect.
#![allow(clippy::print_stdout, reason = "a benchmark is there to print")]

use std::hint::black_box;
use std::time::Duration;

use allocation_counter::measure;
use mock_kvs::link::{Condition, Latency, LinkStream, Links, Listener, Tag, Toward};
use mock_kvs::platform::Sleeper;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

const ROUNDS: u32 = 20_000;
const MUCH: usize = 1 << 30;

fn main() -> std::io::Result<()> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build()?.block_on(real())?;
    let virtually = runtime.start_paused(true).build()?;
    #[expect(clippy::disallowed_methods, reason = "what is measured is what a virtual day costs")]
    let start = std::time::Instant::now();
    virtually.block_on(day())?;
    println!("a virtual day of 1,440 reconnects and 8,640 pings: {:?}", start.elapsed());
    Ok(())
}

async fn real() -> std::io::Result<()> {
    println!("one-way latency over loopback TCP, later than injected (median / 99th percentile):");
    for (name, sleeper) in [("precise", Sleeper::precise()), ("tokio", Sleeper::tokio())] {
        for ms in [0, 1, 10, 100] {
            let (median, worst) = lateness(&sleeper, Duration::from_millis(ms)).await?;
            println!("  {name:8} {ms:4} ms   +{median:?} / +{worst:?}");
        }
    }
    let raw = raw_pair().await?;
    let (client, service) = link_pair(&links(&Sleeper::precise())).await?;
    println!("bulk toward the device:  raw {:.2} GB/s", bulk(raw.0, raw.1).await?);
    println!("                        link {:.2} GB/s", bulk(client, service).await?);
    let raw = raw_pair().await?;
    let (client, service) = link_pair(&links(&Sleeper::precise())).await?;
    println!("round trip of 100 bytes: raw {:?}", round_trip(raw.0, raw.1).await?);
    println!("                        link {:?}", round_trip(client, service).await?);
    weigh().await
}

async fn lateness(sleeper: &Sleeper, delay: Duration) -> std::io::Result<(Duration, Duration)> {
    let links = links(sleeper);
    if !delay.is_zero() {
        links.set(Tag(1), Toward::Device, Condition::Latency(Latency::constant(delay)));
    }
    let (mut client, mut service) = link_pair(&links).await?;
    let reads = if delay > Duration::from_millis(50) { 50 } else { 300 };
    let mut late = Vec::new();
    for _ in 0..reads {
        let start = Instant::now();
        service.write_all(&[1; 100]).await?;
        client.read_exact(&mut [0; 100]).await?;
        late.push(start.elapsed().saturating_sub(delay));
    }
    late.sort_unstable();
    let at = |part: usize| late.get(late.len() * part / 100).copied().unwrap_or_default();
    Ok((at(50), at(99)))
}

#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
async fn bulk<S: AsyncWrite + Unpin + Send + 'static>(
    mut client: TcpStream,
    mut service: S,
) -> std::io::Result<f64> {
    let start = Instant::now();
    let writer = tokio::spawn(async move {
        let piece = vec![1; 64 * 1024];
        for _ in 0..MUCH / piece.len() {
            service.write_all(&piece).await?;
        }
        service.shutdown().await
    });
    let mut piece = vec![0; 64 * 1024];
    while client.read(&mut piece).await? > 0 {
        black_box(&piece);
    }
    writer.await??;
    Ok(MUCH as f64 / start.elapsed().as_secs_f64() / 1e9)
}

async fn round_trip<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: TcpStream,
    mut service: S,
) -> std::io::Result<Duration> {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        service.write_all(&[1; 100]).await?;
        client.read_exact(&mut [0; 100]).await?;
        client.write_all(&[2; 100]).await?;
        service.read_exact(&mut [0; 100]).await?;
    }
    Ok(start.elapsed() / ROUNDS)
}

/// What an idle connection weighs above its socket.
async fn weigh() -> std::io::Result<()> {
    let links = links(&Sleeper::precise());
    let (client, service) = raw_pair().await?;
    let mut held = None;
    let counted = measure(|| held = Some(links.accept(service)));
    println!(
        "an idle connection: {} bytes in {} allocations",
        counted.bytes_total, counted.count_total
    );
    drop((client, held));
    Ok(())
}

/// A virtual day in memory under 50 ms of latency each way: a reconnect a minute, a ping and its
/// pong every ten seconds.
async fn day() -> std::io::Result<()> {
    let links = links(&Sleeper::tokio());
    let latency = Latency::constant(Duration::from_millis(50));
    links.set(Tag(1), Toward::Both, Condition::Latency(latency));
    let midnight = Instant::now();
    for minute in 1..=1440 {
        let (mut client, mut service) = links.connect_memory()?;
        for _ in 0..6 {
            client.write_all(&[9; 6]).await?;
            service.read_exact(&mut [0; 6]).await?;
            service.write_all(&[10; 6]).await?;
            client.read_exact(&mut [0; 6]).await?;
        }
        service.handle().reset(Tag(2));
        tokio::time::sleep_until(midnight + Duration::from_secs(60) * minute).await;
    }
    Ok(())
}

fn links(sleeper: &Sleeper) -> Links {
    Links::new("bench", 0, sleeper.clone(), |event| {
        black_box(event);
    })
}

async fn link_pair(links: &Links) -> std::io::Result<(TcpStream, LinkStream<TcpStream>)> {
    let mut listener = Listener::bind(([127, 0, 0, 1], 0).into(), links.clone())?;
    let connect = TcpStream::connect(listener.local_addr());
    let (client, service) = tokio::join!(connect, listener.accept());
    let client = client?;
    client.set_nodelay(true)?;
    Ok((client, service?.0))
}

async fn raw_pair() -> std::io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let connect = TcpStream::connect(listener.local_addr()?);
    let (client, service) = tokio::join!(connect, listener.accept());
    let (client, service) = (client?, service?.0);
    client.set_nodelay(true)?;
    service.set_nodelay(true)?;
    Ok((client, service))
}
