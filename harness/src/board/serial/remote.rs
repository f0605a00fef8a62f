//! A serial port of another machine (RFC 2217: Telnet's COM-PORT-OPTION), as a pty of this one: whoever opens a port by
//! its path can use it, espflash too. The modem lines, which a pty has not, are set over [`Remote::pull`].

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serialport::{SerialPort as _, TTYPort};

/// The other machine answers a connection within this.
const CONNECT: Duration = Duration::from_secs(5);
/// One read of the pty waits so long: then the thread looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_millis(200);

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

const BINARY: u8 = 0;
const SUPPRESS_GO_AHEAD: u8 = 3;
const COM_PORT: u8 = 44;

const SET_BAUDRATE: u8 = 1;
const SET_DATASIZE: u8 = 2;
const SET_PARITY: u8 = 3;
const SET_STOPSIZE: u8 = 4;
const SET_CONTROL: u8 = 5;

/// What is told to a bridge that holds the real port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pull {
    /// DTR; on boards with a USB-UART bridge, low on the chip's BOOT pin.
    Dtr(bool),
    /// RTS; there, low on its EN pin.
    Rts(bool),
}

/// A connection to such a port; it ends with this value.
#[derive(Debug)]
pub struct Remote {
    path: PathBuf,
    line: Line,
    // The pty lives as long as one of its ends is open here, whoever opens and closes it by its path.
    _end: TTYPort,
}

/// The way to the other machine, written to by several.
#[derive(Clone, Debug)]
struct Line(Arc<Mutex<TcpStream>>);

impl Remote {
    /// Connects to `host:port` and sets the port there to `baud`, 8N1, without flow control.
    ///
    /// # Errors
    /// When nobody answers there, or this machine gives no pty.
    pub fn connect(address: &str, baud: u32) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the address has no host");
        for to in address.to_socket_addrs()? {
            match TcpStream::connect_timeout(&to, CONNECT) {
                Ok(stream) => return Self::over(stream, baud),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn over(stream: TcpStream, baud: u32) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let (mut inside, outside) = TTYPort::pair().map_err(io::Error::from)?;
        inside.set_timeout(PATIENCE).map_err(io::Error::from)?;
        let path = outside.name().map(PathBuf::from);
        let path = path.ok_or_else(|| io::Error::other("a pty without a name"))?;
        let (from_line, from_pty) = (stream.try_clone()?, inside.try_clone_native()?);
        let line = Line(Arc::new(Mutex::new(stream)));
        line.send(&wishes())?;
        for (command, value) in settings(baud) {
            line.send(&command_of(command, &value))?;
        }
        let answers = line.clone();
        thread::spawn(move || {
            // An error is the end: the reader of the pty sees it closed.
            let _ = pass_in(from_line, inside, &answers);
            answers.close();
        });
        let sends = line.clone();
        thread::spawn(move || {
            let _ = pass_out(from_pty, &sends);
            sends.close();
        });
        Ok(Self { path, line, _end: outside })
    }

    /// The pty.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Sets a modem line of the port over there.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn pull(&self, what: Pull) -> io::Result<()> {
        let value = match what {
            Pull::Dtr(true) => 8,
            Pull::Dtr(false) => 9,
            Pull::Rts(true) => 11,
            Pull::Rts(false) => 12,
        };
        self.line.send(&command_of(SET_CONTROL, &[value]))
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.line.close();
    }
}

impl Line {
    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes)
    }

    fn close(&self) {
        // Closed already, perhaps by the other side.
        let _ = self.0.lock().unwrap_or_else(PoisonError::into_inner).shutdown(Shutdown::Both);
    }
}

/// What we will do and want done: all bytes as they are, and the port's settings.
fn wishes() -> Vec<u8> {
    let both = |option| [[IAC, WILL, option], [IAC, DO, option]].concat();
    let mut bytes: Vec<u8> = [BINARY, SUPPRESS_GO_AHEAD].into_iter().flat_map(both).collect();
    bytes.extend([IAC, WILL, COM_PORT]);
    bytes
}

fn settings(baud: u32) -> [(u8, Vec<u8>); 5] {
    const EIGHT_BITS: u8 = 8;
    const NO_PARITY: u8 = 1;
    const ONE_STOP: u8 = 1;
    const NO_FLOW_CONTROL: u8 = 1;
    [
        (SET_BAUDRATE, baud.to_be_bytes().to_vec()),
        (SET_DATASIZE, vec![EIGHT_BITS]),
        (SET_PARITY, vec![NO_PARITY]),
        (SET_STOPSIZE, vec![ONE_STOP]),
        (SET_CONTROL, vec![NO_FLOW_CONTROL]),
    ]
}

fn command_of(command: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![IAC, SB, COM_PORT, command];
    escape(value, &mut bytes);
    bytes.extend([IAC, SE]);
    bytes
}

/// A byte of data that looks like a command is sent twice.
fn escape(data: &[u8], into: &mut Vec<u8>) {
    for &byte in data {
        into.push(byte);
        if byte == IAC {
            into.push(IAC);
        }
    }
}

fn pass_in(mut line: TcpStream, mut pty: TTYPort, answers: &Line) -> io::Result<()> {
    let (mut telnet, mut chunk) = (Telnet::default(), [0; 4096]);
    loop {
        let count = line.read(&mut chunk)?;
        let Some(bytes) = chunk.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return Ok(());
        };
        let (mut data, mut refusals) = (Vec::new(), Vec::new());
        telnet.take(bytes, &mut data, &mut refusals);
        answers.send(&refusals)?;
        match pty.write_all(&data) {
            // Nobody reads: what a closed port is sent is lost.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
            written => written?,
        }
    }
}

fn pass_out(mut pty: TTYPort, line: &Line) -> io::Result<()> {
    let mut chunk = [0; 1024];
    loop {
        match pty.read(&mut chunk) {
            Ok(count) => {
                let mut bytes = Vec::new();
                escape(chunk.get(..count).unwrap_or_default(), &mut bytes);
                line.send(&bytes)?;
            }
            // Nothing to send; an empty write says whether anybody is still there.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => line.alive()?,
            Err(error) => return Err(error),
        }
    }
}

impl Line {
    fn alive(&self) -> io::Result<()> {
        let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match stream.take_error()? {
            Some(error) => Err(error),
            // Shut down, by us or by the other side: it has no peer any more.
            None => stream.peer_addr().map(drop),
        }
    }
}

/// Where a reader stands in Telnet's commands; total over any bytes.
#[derive(Debug, Default)]
enum Telnet {
    #[default]
    Data,
    /// After an IAC.
    Command,
    /// After WILL, WONT, DO or DONT.
    Option(u8),
    /// Within a subnegotiation, which is skipped: the other machine's confirmations.
    Within,
    /// There, after an IAC.
    WithinCommand,
}

impl Telnet {
    /// Takes what arrived: the data in it, and what must be answered.
    fn take(&mut self, bytes: &[u8], data: &mut Vec<u8>, answers: &mut Vec<u8>) {
        for &byte in bytes {
            *self = match (&self, byte) {
                (Self::Data, IAC) => Self::Command,
                (Self::Command, IAC) => {
                    data.push(IAC);
                    Self::Data
                }
                (Self::Data, _) => {
                    data.push(byte);
                    Self::Data
                }
                (Self::Command, WILL | WONT | DO | DONT) => Self::Option(byte),
                (Self::Command, SB) => Self::Within,
                (Self::Command, _) => Self::Data,
                (Self::Option(verb), option) => {
                    answers.extend(refusal(*verb, option));
                    Self::Data
                }
                (Self::Within, IAC) => Self::WithinCommand,
                (Self::WithinCommand, SE) => Self::Data,
                (Self::Within | Self::WithinCommand, _) => Self::Within,
            };
        }
    }
}

/// What is refused: options beyond those that [`wishes`] names, to which no answer is due.
fn refusal(verb: u8, option: u8) -> Vec<u8> {
    if [BINARY, SUPPRESS_GO_AHEAD, COM_PORT].contains(&option) {
        return Vec::new();
    }
    match verb {
        WILL => vec![IAC, DONT, option],
        DO => vec![IAC, WONT, option],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A machine with a port: what it was sent, and its way to answer.
    fn machine() -> (Remote, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        let remote = Remote::connect(&address, 115_200).expect("connected");
        (remote, listener.accept().expect("a connection").0)
    }

    fn heard(stream: &mut TcpStream, wanted: &[u8]) {
        let mut bytes = vec![0; wanted.len()];
        stream.read_exact(&mut bytes).expect("in time");
        assert_eq!(bytes, wanted);
    }

    fn greeted(stream: &mut TcpStream) {
        heard(stream, &[255, 251, 0, 255, 253, 0, 255, 251, 3, 255, 253, 3, 255, 251, 44]);
        heard(stream, &[255, 250, 44, 1, 0, 1, 0xc2, 0, 255, 240]);
        let of = |command, value| [255, 250, 44, command, value, 255, 240];
        heard(stream, &[of(2, 8), of(3, 1), of(4, 1), of(5, 1)].concat());
    }

    #[test]
    fn every_byte_passes_both_ways_and_lines_are_set() {
        let (remote, mut stream) = machine();
        greeted(&mut stream);
        let all: Vec<u8> = (0..=255).collect();
        let path = remote.path().to_str().expect("UTF-8");
        let builder = serialport::new(path, 115_200).timeout(Duration::from_secs(10));
        let mut port = builder.open_native().expect("a pty");
        port.write_all(&all).expect("taken");
        let mut doubled = all.clone();
        doubled.push(255);
        heard(&mut stream, &doubled);

        // An option that nobody asked for is refused; confirmations are not data.
        stream
            .write_all(&[255, 253, 1, 255, 250, 44, 101, 0, 255, 255, 240, 255, 240])
            .expect("sent");
        stream.write_all(&doubled).expect("sent");
        heard(&mut stream, &[255, 252, 1]);
        let mut back = vec![0; all.len()];
        port.read_exact(&mut back).expect("in time");
        assert_eq!(back, all);

        remote.pull(Pull::Rts(true)).expect("sent");
        remote.pull(Pull::Dtr(false)).expect("sent");
        heard(&mut stream, &[255, 250, 44, 5, 11, 255, 240, 255, 250, 44, 5, 9, 255, 240]);
    }

    #[test]
    fn the_end_of_either_side_is_that_of_the_other() {
        let (remote, mut stream) = machine();
        greeted(&mut stream);
        drop(remote);
        assert_eq!(stream.read(&mut [0]).expect("closed in order"), 0);

        let (remote, stream) = machine();
        drop(stream);
        // A write into a closed connection is noticed by the second at the latest.
        let gone = (0..1_000).any(|_| {
            thread::sleep(Duration::from_millis(5));
            remote.pull(Pull::Rts(false)).is_err()
        });
        assert!(gone);
    }

    #[test]
    fn any_split_of_any_bytes_gives_the_same_data() {
        let bytes: Vec<u8> =
            (0..2_000_u32).map(|n| [255, 250, 240, 251, 7][(n * n % 31 % 5) as usize]).collect();
        let of = |parts: &[&[u8]]| {
            let (mut telnet, mut data, mut answers) = (Telnet::default(), Vec::new(), Vec::new());
            parts.iter().for_each(|part| telnet.take(part, &mut data, &mut answers));
            (data, answers)
        };
        let whole = of(&[&bytes]);
        for at in 0..bytes.len() {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(of(&[head, tail]), whole, "split at {at}");
        }
    }
}
