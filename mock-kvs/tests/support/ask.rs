//! Requests to the admin API.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{Answer, read_answer};

pub async fn ask(admin: SocketAddr, method: &str, path: &str, body: &Value) -> Answer {
    let answer = ask_with(admin, method, path, body, "").await;
    assert_eq!(answer.header("x-mock-kvs-api"), Some("1"), "{path}");
    answer
}

/// With more header lines, each ended by CR LF.
pub async fn ask_with(
    admin: SocketAddr,
    method: &str,
    path: &str,
    body: &Value,
    headers: &str,
) -> Answer {
    let mut stream = TcpStream::connect(admin).await.expect("connected");
    let body = body.to_string();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {admin}\r\ncontent-type: application/json\r\n{headers}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    read_answer(&mut stream).await.expect("an answer")
}
