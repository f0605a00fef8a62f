//! A name service: the region's KVS and IoT names are this machine.
//!
//! For clients that insist on AWS's names: a device in the network is told to ask us, a client in a
//! network namespace of its own has no other. It knows the names that the mock serves
//! ([`crate::partition::serves`]) and gives all of them one IPv4 address; what becomes of every other
//! name is said when it starts ([`Others`]). Faults of the layer `dns` act on its answers.

mod forward;
mod packet;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UdpSocket};

use crate::fault::NameAnswer;
use crate::journal::Text;
use crate::mock::{ListenError, Mock};
use crate::partition::serves;
use crate::shared::Shared;
use packet::{Code, Question, Read};

/// Longer ones nobody sends: 512 bytes and an extension (RFC 1035 §4.2.1, RFC 6891).
const DATAGRAM: usize = 4_096;
/// Who says nothing for so long over TCP is gone (RFC 7766 §6.2.3).
const TCP_IDLE: Duration = Duration::from_secs(10);
/// Tries to find a port that is free for UDP and for TCP.
const PORTS: usize = 20;

/// What a name service answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// The address of every name of the service.
    pub answer: Ipv4Addr,
    /// What becomes of other names.
    pub others: Others,
}

/// What becomes of names that are not the service's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// Refused: whoever asks may ask somebody else.
    Refuse,
    /// They do not exist: there is nothing else in the world.
    NoSuchName,
    /// This name service is asked, and its answer passed on.
    Forward(SocketAddr),
}

impl Mock {
    /// Answers questions for names over UDP and TCP. Rules of `actor` act on it. Port 0 takes one
    /// that is free for both.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn listen_names(
        &self,
        actor: &str,
        address: SocketAddr,
        names: Names,
    ) -> Result<SocketAddr, ListenError> {
        let failed = |source| ListenError::Bind { address, source };
        let (udp, tcp) = bind(address).await.map_err(failed)?;
        let bound = tcp.local_addr().map_err(failed)?;
        let resolver =
            Arc::new(Resolver { shared: self.shared.clone(), actor: Text::from(actor), names });
        self.shared.spawn(resolver.clone().serve_udp(Arc::new(udp)));
        self.shared.spawn(resolver.serve_tcp(tcp));
        Ok(bound)
    }
}

async fn bind(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    let mut tries = PORTS;
    loop {
        let udp = UdpSocket::bind(address).await?;
        match TcpListener::bind(SocketAddr::new(address.ip(), udp.local_addr()?.port())).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(_) if address.port() == 0 && tries > 0 => tries -= 1,
            Err(error) => return Err(error),
        }
    }
}

struct Resolver {
    shared: Arc<Shared>,
    actor: Text,
    names: Names,
}

/// What is done about a question.
enum Verdict {
    Say(Vec<u8>),
    Nothing,
    Ask(SocketAddr),
}

impl Resolver {
    async fn serve_udp(self: Arc<Self>, socket: Arc<UdpSocket>) {
        let mut datagram = vec![0; DATAGRAM];
        loop {
            let (length, from) = match socket.recv_from(&mut datagram).await {
                Ok(received) => received,
                Err(error) => {
                    // An answer that found nobody (ICMP), mostly.
                    tracing::debug!(%error, "the name service cannot receive");
                    tokio::task::yield_now().await;
                    continue;
                }
            };
            let question = datagram.get(..length).unwrap_or_default();
            match self.verdict(question, from.ip()) {
                // Who asked may be gone.
                Verdict::Say(answer) => drop(socket.send_to(&answer, from).await),
                Verdict::Nothing => {}
                Verdict::Ask(other) => {
                    let (socket, question) = (socket.clone(), question.to_vec());
                    self.shared.spawn(async move {
                        let answer = forward::over_udp(other, &question).await;
                        let answer = answer.or_else(|| packet::failure(&question));
                        drop(socket.send_to(&answer.unwrap_or_default(), from).await);
                    });
                }
            }
        }
    }

    async fn serve_tcp(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, from)) => {
                    let resolver = self.clone();
                    self.shared.spawn(async move {
                        // Whoever hangs up has its answer, or wants none.
                        let _ = resolver.answer_all(stream, from.ip()).await;
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "the name service cannot accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }

    /// Questions over one connection, each behind its length (RFC 1035 §4.2.2).
    async fn answer_all(&self, mut stream: TcpStream, from: IpAddr) -> io::Result<()> {
        loop {
            let Some(question) = forward::framed(&mut stream, TCP_IDLE).await? else {
                return Ok(());
            };
            let answer = match self.verdict(&question, from) {
                Verdict::Say(answer) => Some(answer),
                Verdict::Nothing => None,
                Verdict::Ask(other) => {
                    let answer = forward::over_tcp(other, &question).await;
                    answer.or_else(|| packet::failure(&question))
                }
            };
            if let Some(answer) = answer {
                forward::send_framed(&mut stream, &answer).await?;
            }
        }
    }

    /// What to do about a datagram; rules count here.
    fn verdict(&self, datagram: &[u8], from: IpAddr) -> Verdict {
        let question = match packet::read(datagram) {
            Read::Question(question) => question,
            Read::Unfit(answer) => return Verdict::Say(answer),
            Read::Nothing => return Verdict::Nothing,
        };
        if !question.is_internet() || !serves(&question.name, &self.shared.config.region) {
            tracing::debug!(name = question.name, %from, "a name that is not ours was asked for");
            return match self.names.others {
                Others::Refuse => Verdict::Say(question.answer(Code::Refused, None)),
                Others::NoSuchName => Verdict::Say(question.answer(Code::NoSuchName, None)),
                Others::Forward(other) => Verdict::Ask(other),
            };
        }
        self.answer(&question, from)
    }

    fn answer(&self, question: &Question<'_>, from: IpAddr) -> Verdict {
        let name = question.name.as_str();
        let fault = self.shared.with(|state, now| {
            let (answer, fired) = state.rules.on_name(&self.actor, name)?;
            self.shared.journal.append(now.us, Some(self.actor.clone()), None, fired);
            Some(answer)
        });
        tracing::info!(name, kind = question.kind, %from, ?fault, "a name was asked for");
        let (code, address) = match fault {
            None => (Code::Fine, Some(self.names.answer)),
            Some(NameAnswer::Address(address)) => (Code::Fine, Some(address)),
            Some(NameAnswer::NoSuchName) => (Code::NoSuchName, None),
            Some(NameAnswer::Failure) => (Code::Failure, None),
            Some(NameAnswer::Silence) => return Verdict::Nothing,
        };
        Verdict::Say(question.answer(code, address))
    }
}
