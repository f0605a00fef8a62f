//! One fixed list of probes against the service: what it answers, redacted so that two transcripts
//! can be compared with `diff` (decision 14). The day someone has an account, the mock's and AWS's
//! tell which of the mock's behaviours are right.

mod client;
mod control;
mod sockets;
mod tape;

pub use client::{Client, Keys, Reach};
pub use tape::{Provenance, Tape};

/// The transcript of every probe, in order. What a probe creates is deleted by the last one, also
/// when those before it went wrong.
///
/// # Errors
/// When the service cannot be reached at all.
pub async fn transcript(client: &Client, channel: &str) -> std::io::Result<Tape> {
    let mut tape = Tape::new(client, channel);
    let arn = control::create(client, &mut tape, channel).await?;
    let mut probed = Ok(());
    if let Some(arn) = &arn {
        tape.hide(arn, "<arn>");
        probed = probe(client, &mut tape, channel, arn).await;
    }
    control::delete(client, &mut tape, arn.as_deref()).await?;
    probed.map(|()| tape)
}

async fn probe(client: &Client, tape: &mut Tape, channel: &str, arn: &str) -> std::io::Result<()> {
    control::describe(client, tape, channel, arn).await?;
    control::refuse(client, tape, channel, arn).await?;
    control::signatures(client, tape, channel).await?;
    control::tags(client, tape, arn).await?;
    let (wss, https) = control::endpoints(client, tape, arn).await?;
    if let Some(host) = https {
        control::ice(client, tape, &host, arn).await?;
    }
    match wss {
        Some(host) => sockets::probe(client, tape, &host, arn).await,
        None => Ok(()),
    }
}
