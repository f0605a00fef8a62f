//! Keys for clients that take no commands: where AWS's SDKs ask a container's agent for them.
//!
//! `AWS_CONTAINER_CREDENTIALS_FULL_URI` names it: plain HTTP on loopback, one GET, one JSON object.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::rc::Rc;
use std::time::Duration;

use mock_kvs::IssuedCredentials;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const PATH: &str = "/credentials";
/// A request of any SDK is shorter.
const REQUEST_MAX: usize = 8 * 1024;

/// Answers each request with what `issue` gives, after `delay`, for as long as the run's tasks live;
/// gives the address to ask.
///
/// # Errors
/// When there is no port.
pub async fn serve(
    delay: Duration,
    issue: impl Fn() -> IssuedCredentials + 'static,
) -> io::Result<String> {
    let listener = TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let issue = Rc::new(issue);
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let issue = Rc::clone(&issue);
            // Who asked may have gone before the answer.
            tokio::task::spawn_local(async move { answer(stream, delay, &*issue).await.ok() });
        }
    });
    Ok(format!("http://127.0.0.1:{port}{PATH}"))
}

async fn answer(
    mut stream: TcpStream,
    delay: Duration,
    issue: &impl Fn() -> IssuedCredentials,
) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 || request.len() > REQUEST_MAX {
            return Ok(());
        }
    }
    let (status, body) = if request.starts_with(format!("GET {PATH} ").as_bytes()) {
        tokio::time::sleep(delay).await;
        ("200 OK", body(&issue()))
    } else {
        ("404 Not Found", String::new())
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n");
    let answer = format!("{head}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

/// As a container's agent writes them: a token and an end are always there.
fn body(issued: &IssuedCredentials) -> String {
    let expires_s = i64::try_from(issued.expires_unix_ms.unwrap_or(0) / 1_000).unwrap_or(i64::MAX);
    let expires = OffsetDateTime::from_unix_timestamp(expires_s);
    let expires = expires.ok().and_then(|at| at.format(&Rfc3339).ok());
    let keys = json!({
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret_key,
        "Token": issued.session_token,
        "Expiration": expires,
    });
    keys.to_string()
}
