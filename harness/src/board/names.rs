//! A name service that knows one address: AWS's names are this machine, and there are no others.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};

use tokio::net::UdpSocket;

/// Names below these are the service's.
const SUFFIXES: [&str; 3] = ["amazonaws.com", "amazonaws.com.cn", "api.aws"];
const HEADER: usize = 12;
/// Longest question without extensions: 512 bytes (RFC 1035 §4.2.1); extensions ride along unread.
const DATAGRAM: usize = 1_500;
const TYPE_A: [u8; 2] = [0, 1];
/// Response, recursion desired and available.
const ANSWERED: [u8; 2] = [0x81, 0x80];
/// The same, for a name that does not exist.
const NO_SUCH_NAME: [u8; 2] = [0x81, 0x83];

/// Answers on port 53 of loopback for as long as the runtime lives.
///
/// # Errors
/// When the port cannot be had.
pub async fn serve() -> io::Result<()> {
    let socket = UdpSocket::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 53)).await?;
    tokio::spawn(async move {
        let mut question = [0; DATAGRAM];
        while let Ok((length, from)) = socket.recv_from(&mut question).await {
            if let Some(answer) = answer(question.get(..length).unwrap_or_default()) {
                // Who asked may be gone.
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    Ok(())
}

/// The answer to a question; none to what is no question.
fn answer(datagram: &[u8]) -> Option<Vec<u8>> {
    let id = datagram.get(..2)?;
    let is_one_question = datagram.get(2)? & 0x80 == 0 && datagram.get(4..6)? == [0, 1];
    if !is_one_question {
        return None;
    }
    let (name, end) = name(datagram)?;
    let question = datagram.get(HEADER..end + 4)?;
    let ours = SUFFIXES.iter().any(|suffix| {
        name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    let has_address = ours && datagram.get(end..end + 2)? == TYPE_A;
    let mut answer = id.to_vec();
    answer.extend(if ours { ANSWERED } else { NO_SUCH_NAME });
    answer.extend([0, 1, 0, u8::from(has_address), 0, 0, 0, 0]);
    answer.extend(question);
    if has_address {
        // The question's name, A, IN, a minute, four bytes.
        answer.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(Ipv4Addr::LOCALHOST.octets());
    }
    Some(answer)
}

/// The name asked for, in lower case, and where it ends.
fn name(datagram: &[u8]) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut at = HEADER;
    loop {
        let length = usize::from(*datagram.get(at)?);
        at += 1;
        match length {
            0 => return Some((name.to_ascii_lowercase(), at)),
            1..=63 => {
                let label = std::str::from_utf8(datagram.get(at..at + length)?).ok()?;
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(label);
                at += length;
            }
            // A question has nothing to point back to.
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::answer;

    fn question(name: &str, kind: u8) -> Vec<u8> {
        let mut datagram = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            datagram.push(label.len() as u8);
            datagram.extend(label.bytes());
        }
        datagram.extend([0, 0, kind, 0, 1]);
        datagram
    }

    #[test]
    fn the_service_s_names_are_this_machine() {
        for name in ["kinesisvideo.us-west-2.amazonaws.com", "M-1.KinesisVideo.x.AMAZONAWS.com"] {
            let answer = answer(&question(name, 1)).expect("an answer");
            assert_eq!(answer[..4], [7, 9, 0x81, 0x80]);
            assert_eq!(answer[6..8], [0, 1], "one address");
            assert_eq!(answer[answer.len() - 4..], [127, 0, 0, 1]);
        }
    }

    #[test]
    fn other_types_of_record_are_not_there_and_other_names_do_not_exist() {
        let aaaa =
            answer(&question("kinesisvideo.us-west-2.amazonaws.com", 28)).expect("an answer");
        assert_eq!((&aaaa[2..4], &aaaa[6..8]), (&[0x81, 0x80][..], &[0, 0][..]));
        for name in ["example.org", "notamazonaws.com"] {
            let other = answer(&question(name, 1)).expect("an answer");
            assert_eq!((&other[2..4], &other[6..8]), (&[0x81, 0x83][..], &[0, 0][..]), "{name}");
        }
    }

    #[test]
    fn what_is_no_question_gets_no_answer() {
        let whole = question("kinesisvideo.us-west-2.amazonaws.com", 1);
        for length in 0..whole.len() {
            assert_eq!(answer(&whole[..length]), None, "cut at {length}");
        }
        assert_eq!(answer(&answer(&whole).expect("an answer")), None, "an answer is no question");
        assert_eq!(answer(&[0xff; 64]), None);
    }
}
