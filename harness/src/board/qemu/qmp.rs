//! QEMU's control socket: one JSON command after another, each answered.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixListener;
use tokio::sync::{mpsc, oneshot};

use crate::board::BoardError;

type Asked = (Value, oneshot::Sender<Result<(), String>>);

/// The control of one machine.
pub struct Control(mpsc::UnboundedSender<Asked>);

impl Control {
    /// Of the machine that will connect to `listener`.
    pub fn over(listener: UnixListener) -> Self {
        let (sender, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            // Who asks sees its answer's channel closed.
            let _ = serve(listener, asked).await;
        });
        Self(sender)
    }

    /// Carries out `command`.
    ///
    /// # Errors
    /// What QEMU said against it, or that QEMU is gone.
    pub async fn execute(&self, command: &str, arguments: Value) -> Result<(), BoardError> {
        let (answer, answered) = oneshot::channel();
        let order = json!({"execute": command, "arguments": arguments});
        let gone = || BoardError(format!("QEMU is gone: it did not carry out `{command}`"));
        self.0.send((order, answer)).map_err(|_| gone())?;
        let answer = answered.await.map_err(|_| gone())?;
        answer.map_err(|why| BoardError(format!("QEMU refused `{command}`: {why}")))
    }
}

async fn serve(
    listener: UnixListener,
    mut asked: mpsc::UnboundedReceiver<Asked>,
) -> std::io::Result<()> {
    let (stream, _) = listener.accept().await?;
    let (lines, mut room) = stream.into_split();
    let mut lines = BufReader::new(lines).lines();
    // The greeting; then commands are refused until this one.
    lines.next_line().await?;
    let (ready, _) = oneshot::channel();
    let mut next = Some((json!({"execute": "qmp_capabilities"}), ready));
    while let Some((order, answer)) = next {
        room.write_all(format!("{order}\n").as_bytes()).await?;
        while let Some(line) = lines.next_line().await? {
            let said: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(error) = said.get("error") {
                let why = error["desc"].as_str().unwrap_or("no reason given").to_owned();
                let _ = answer.send(Err(why));
                break;
            }
            if said.get("return").is_some() {
                let _ = answer.send(Ok(()));
                break;
            }
            // Anything else is an event.
        }
        next = asked.recv().await;
    }
    Ok(())
}
