use mock_kvs::Config;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

async fn get(address: &str, path: &str) -> (String, Value) {
    let host = address.strip_prefix("http://").and_then(|rest| rest.split('/').next());
    let mut stream = TcpStream::connect(host.expect("an address")).await.expect("a server");
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head.lines().next().unwrap_or_default().to_owned();
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[tokio::test]
async fn a_client_asks_for_keys_and_each_time_gets_new_ones() {
    let test = async {
        let mock = Mock::new(Config::default()).expect("certificates");
        let renewed = Some(Duration::from_secs(3_600));
        let provider = Provider::new(Some(Duration::from_secs(120)), renewed, Duration::ZERO);
        let address = provider.serve(&mock).await.expect("a port");
        let (status, first) = get(&address, "/credentials").await;
        let (_, second) = get(&address, "/credentials").await;
        assert_eq!(status, "HTTP/1.1 200 OK");
        assert_ne!(first["AccessKeyId"], second["AccessKeyId"]);
        let ends = |keys: &Value| keys["Expiration"].as_str().map(str::to_owned);
        assert!(ends(&first) < ends(&second), "{:?} {:?}", ends(&first), ends(&second));
        let all = mock.all_credentials();
        let issued = |keys: &Value| all.iter().any(|one| keys["Token"] == json!(one.session_token));
        assert!(
            issued(&first) && issued(&second),
            "the mock knows them, and so does the redaction"
        );
        assert_eq!(get(&address, "/other").await.0, "HTTP/1.1 404 Not Found");
    };
    tokio::task::LocalSet::new().run_until(test).await;
}
