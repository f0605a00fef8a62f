//! Probes of the WebSocket.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use super::client::{Answer, Client};
use super::tape::{Provenance, Tape, plain};

type Socket = WebSocketStream<TlsStream<TcpStream>>;

pub(super) async fn probe(
    client: &Client,
    tape: &mut Tape,
    host: &str,
    arn: &str,
) -> io::Result<()> {
    refusals(client, tape, host, arn).await?;
    tape.begin("connect-master", Provenance::Sdk, "A master connects; the service says nothing");
    let Some(mut master) = open(client, tape, host, arn, None).await? else { return Ok(()) };
    hear(client, tape, "master", &mut master).await;
    tape.begin("ping", Provenance::Field, "A ping is answered with its payload");
    tape.asked("master: ping `abc`");
    send(tape, &mut master, Frame::Ping("abc".into())).await;
    hear(client, tape, "master", &mut master).await;
    tape.begin("connect-viewer", Provenance::Sdk, "A viewer connects; the master hears nothing");
    let Some(mut viewer) = open(client, tape, host, arn, Some("probe")).await? else {
        return Ok(());
    };
    hear(client, tape, "master", &mut master).await;
    exchange(client, tape, &mut master, &mut viewer).await;
    errors(client, tape, &mut master).await;
    tape.begin(
        "second-master",
        Provenance::Field,
        "What a master sees that a second one displaces",
    );
    let Some(mut second) = open(client, tape, host, arn, None).await? else { return Ok(()) };
    hear(client, tape, "first master", &mut master).await;
    hear(client, tape, "second master", &mut second).await;
    for mut socket in [viewer, second] {
        // They only say goodbye.
        let _ = tokio::time::timeout(client.quiet, socket.close(None)).await;
    }
    Ok(())
}

async fn refusals(client: &Client, tape: &mut Tape, host: &str, arn: &str) -> io::Result<()> {
    tape.begin("upgrade-unsigned", Provenance::Doc, "An upgrade without a signature");
    let bare = format!("ws://{host}/?X-Amz-ChannelARN={arn}");
    upgrade(client, tape, host, bare.parse().map_err(io::Error::other)?).await?;
    tape.begin("upgrade-forged", Provenance::Doc, "An upgrade whose signature was changed");
    let signed = client.presign(host, arn, None)?.to_string();
    let forged = signed.replace("X-Amz-ChannelARN=", "X-Amz-ClientId=forged&X-Amz-ChannelARN=");
    upgrade(client, tape, host, forged.parse().map_err(io::Error::other)?).await?;
    tape.begin("upgrade-absent", Provenance::Sdk, "An upgrade on a channel that is not there");
    let absent = format!("{}0", arn.get(..arn.len().saturating_sub(1)).unwrap_or(arn));
    let absent = absent.replace("channel/", "channel/absent-");
    upgrade(client, tape, host, client.presign(host, &absent, None)?).await?;
    tape.begin("upgrade-aws-id", Provenance::Doc, "A client id that begins with AWS_");
    upgrade(client, tape, host, client.presign(host, arn, Some("AWS_probe"))?).await.map(drop)
}

async fn exchange(client: &Client, tape: &mut Tape, master: &mut Socket, viewer: &mut Socket) {
    tape.begin(
        "offer",
        Provenance::Sdk,
        "An offer reaches the master: keys, their case, no recipient",
    );
    say(tape, "viewer", viewer, &message("SDP_OFFER", "offer", None)).await;
    hear(client, tape, "master", master).await;
    hear(client, tape, "viewer", viewer).await;
    tape.begin("answer", Provenance::Sdk, "An answer reaches the viewer");
    say(tape, "master", master, &message("SDP_ANSWER", "answer", Some("probe"))).await;
    hear(client, tape, "viewer", viewer).await;
    tape.begin("candidate", Provenance::Sdk, "A candidate reaches the viewer");
    say(tape, "master", master, &message("ICE_CANDIDATE", "candidate", Some("probe"))).await;
    hear(client, tape, "viewer", viewer).await;
    tape.begin(
        "correlation",
        Provenance::Ours,
        "A message with a correlation id that is delivered",
    );
    let mut with_id = message("ICE_CANDIDATE", "candidate", Some("probe"));
    with_id["correlationId"] = json!("probe-1");
    say(tape, "master", master, &with_id).await;
    hear(client, tape, "master", master).await;
    hear(client, tape, "viewer", viewer).await;
}

async fn errors(client: &Client, tape: &mut Tape, master: &mut Socket) {
    tape.begin("absent-recipient", Provenance::Doc, "A message to a viewer who is not there");
    let mut absent = message("SDP_ANSWER", "answer", Some("nobody"));
    absent["correlationId"] = json!("probe-2");
    say(tape, "master", master, &absent).await;
    hear(client, tape, "master", master).await;
    tape.begin("unknown-action", Provenance::Ours, "An action that is none");
    let mut unknown = message("SDP_NONSENSE", "nonsense", Some("probe"));
    unknown["correlationId"] = json!("probe-3");
    say(tape, "master", master, &unknown).await;
    hear(client, tape, "master", master).await;
    tape.begin("not-json", Provenance::Ours, "A frame that is not JSON");
    tape.asked("master: text `hello`");
    send(tape, master, Frame::text("hello")).await;
    hear(client, tape, "master", master).await;
}

fn message(action: &str, payload: &str, to: Option<&str>) -> Value {
    let mut message = json!({ "action": action, "messagePayload": STANDARD.encode(payload) });
    if let Some(to) = to {
        message["recipientClientId"] = json!(to);
    }
    message
}

async fn open(
    client: &Client,
    tape: &mut Tape,
    host: &str,
    arn: &str,
    client_id: Option<&str>,
) -> io::Result<Option<Socket>> {
    let uri = client.presign(host, arn, client_id)?;
    upgrade(client, tape, host, uri).await
}

async fn upgrade(
    client: &Client,
    tape: &mut Tape,
    host: &str,
    uri: http::Uri,
) -> io::Result<Option<Socket>> {
    tokio::time::sleep(client.pace).await;
    let id = uri.query().unwrap_or_default().split('&').find(|p| p.starts_with("X-Amz-ClientId="));
    tape.asked(&format!("upgrade {}", id.unwrap_or("as master")));
    let stream = client.connect(host).await?;
    match tokio_tungstenite::client_async(uri, stream).await {
        Ok((socket, response)) => {
            tape.got(&response.status().as_u16().to_string());
            Ok(Some(socket))
        }
        Err(Error::Http(response)) => {
            tape.answered(&Answer::of(&response));
            Ok(None)
        }
        Err(error) => {
            tape.got(&format!("no answer: {error}"));
            Ok(None)
        }
    }
}

async fn say(tape: &mut Tape, who: &str, socket: &mut Socket, message: &Value) {
    tape.asked(&format!("{who}: {message}"));
    send(tape, socket, Frame::text(message.to_string())).await;
}

async fn send(tape: &mut Tape, socket: &mut Socket, frame: Frame) {
    if let Err(error) = socket.send(frame).await {
        tape.got(&format!("not sent: {error}"));
    }
}

/// What comes next, or that nothing does.
async fn hear(client: &Client, tape: &mut Tape, who: &str, socket: &mut Socket) {
    let heard = match tokio::time::timeout(client.quiet, socket.next()).await {
        Err(_) => "nothing".to_owned(),
        Ok(None) => "the end".to_owned(),
        Ok(Some(Err(error))) => format!("the end: {error}"),
        Ok(Some(Ok(frame))) => shown(frame),
    };
    tape.got(&format!("{who}: {heard}"));
}

fn shown(frame: Frame) -> String {
    match frame {
        Frame::Text(text) => match serde_json::from_str::<Value>(&text) {
            Ok(value) => plain(value).to_string(),
            Err(_) => text.to_string(),
        },
        Frame::Binary(bytes) => format!("binary, {} bytes", bytes.len()),
        Frame::Ping(bytes) => format!("ping, {} bytes", bytes.len()),
        Frame::Pong(bytes) => format!("pong `{}`", String::from_utf8_lossy(&bytes)),
        Frame::Close(Some(close)) => format!("close {} `{}`", close.code, close.reason),
        Frame::Close(None) => "close without a code".to_owned(),
        Frame::Frame(_) => "a raw frame".to_owned(),
    }
}
