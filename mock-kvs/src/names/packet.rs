//! DNS messages (RFC 1035 §4): one question in, one answer out. Total over any bytes.

use std::net::Ipv4Addr;

const HEADER: usize = 12;
/// Flags of the header's third byte: this is a response; its operation; recursion is wanted.
const RESPONSE: u8 = 0x80;
const OPERATION: u8 = 0x78;
const RECURSION_DESIRED: u8 = 0x01;
/// Of the fourth: recursion would be had.
const RECURSION_AVAILABLE: u8 = 0x80;
const TYPE_A: u16 = 1;
const TYPE_ANY: u16 = 255;
const CLASS_INTERNET: u16 = 1;
/// Short, so that a fault is met by the next attempt and not hidden by the client's cache for long.
const TTL_S: u32 = 5;
/// Longest name in text (RFC 1035 §2.3.4: 255 bytes on the wire).
const NAME_MAX: usize = 253;
/// An OPT record that says: 1,232 bytes at a time, version 0 (RFC 6891 §6.1.2).
const EXTENSION: [u8; 11] = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0];

/// What a datagram is.
pub(super) enum Read<'a> {
    Question(Question<'a>),
    /// None that can be answered: this says so.
    Unfit(Vec<u8>),
    /// Nothing to answer to: another's answer, or no message at all.
    Nothing,
}

/// One question.
pub(super) struct Question<'a> {
    id: [u8; 2],
    wants_recursion: bool,
    /// In lower case, without the root's dot.
    pub name: String,
    pub kind: u16,
    class: u16,
    /// As it was asked, for the answer.
    section: &'a [u8],
    is_extended: bool,
}

/// RFC 1035 §4.1.1.
#[derive(Clone, Copy)]
pub(super) enum Code {
    Fine = 0,
    Malformed = 1,
    Failure = 2,
    NoSuchName = 3,
    NotImplemented = 4,
    Refused = 5,
}

/// Reads a datagram.
pub(super) fn read(datagram: &[u8]) -> Read<'_> {
    let Some(header) = datagram.first_chunk::<HEADER>() else { return Read::Nothing };
    if header[2] & RESPONSE != 0 {
        return Read::Nothing;
    }
    if header[2] & OPERATION != 0 {
        return Read::Unfit(bare(header, Code::NotImplemented));
    }
    match question(header, datagram) {
        Some(question) => Read::Question(question),
        None => Read::Unfit(bare(header, Code::Malformed)),
    }
}

/// Says that we have failed to find an answer; none to what is no question.
pub(super) fn failure(datagram: &[u8]) -> Option<Vec<u8>> {
    match read(datagram) {
        Read::Question(question) => Some(question.answer(Code::Failure, None)),
        Read::Unfit(answer) => Some(answer),
        Read::Nothing => None,
    }
}

fn question<'a>(header: &[u8; HEADER], datagram: &'a [u8]) -> Option<Question<'a>> {
    // Nobody asks two at once, and no client sends answers along (RFC 9619).
    if header.get(4..10)? != [0, 1, 0, 0, 0, 0] {
        return None;
    }
    let (name, end) = name(datagram)?;
    let [kind_high, kind_low, class_high, class_low] = *datagram.get(end..)?.first_chunk()?;
    let rest = datagram.get(end + 4..)?;
    Some(Question {
        id: [header[0], header[1]],
        wants_recursion: header[2] & RECURSION_DESIRED != 0,
        name,
        kind: u16::from_be_bytes([kind_high, kind_low]),
        class: u16::from_be_bytes([class_high, class_low]),
        section: datagram.get(HEADER..end + 4)?,
        is_extended: rest.first_chunk() == Some(&[0, 0, 41]),
    })
}

/// The name asked for, and where it ends.
fn name(datagram: &[u8]) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut at = HEADER;
    loop {
        let length = usize::from(*datagram.get(at)?);
        at += 1;
        match length {
            0 => return Some((name, at)),
            1..=63 => {
                if !name.is_empty() {
                    name.push('.');
                }
                for &byte in datagram.get(at..at + length)? {
                    // A dot in a label is no boundary; nothing of ours has one, or other bytes.
                    let is_plain = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
                    name.push(if is_plain { char::from(byte.to_ascii_lowercase()) } else { '?' });
                }
                if name.len() > NAME_MAX {
                    return None;
                }
                at += length;
            }
            // A question has nothing to point back to.
            _ => return None,
        }
    }
}

impl Question<'_> {
    /// Whether it is about the Internet, as all are but a few for a server's version.
    pub fn is_internet(&self) -> bool {
        self.class == CLASS_INTERNET
    }

    /// The answer: with the address, if there is one and addresses were asked for. For any other
    /// type of record there is none under the name (RFC 2308 §2.2).
    pub fn answer(&self, code: Code, address: Option<Ipv4Addr>) -> Vec<u8> {
        let address = address.filter(|_| [TYPE_A, TYPE_ANY].contains(&self.kind));
        let recursion = if self.wants_recursion { RECURSION_DESIRED } else { 0 };
        let mut answer = self.id.to_vec();
        answer.extend([RESPONSE | recursion, RECURSION_AVAILABLE | code as u8]);
        answer.extend([0, 1, 0, u8::from(address.is_some()), 0, 0, 0, u8::from(self.is_extended)]);
        answer.extend(self.section);
        if let Some(address) = address {
            // The question's name, A, IN.
            answer.extend([0xc0, 0x0c, 0, 1, 0, 1]);
            answer.extend(TTL_S.to_be_bytes());
            answer.extend([0, 4]);
            answer.extend(address.octets());
        }
        if self.is_extended {
            answer.extend(EXTENSION);
        }
        answer
    }
}

/// An answer of a header alone.
fn bare(header: &[u8; HEADER], code: Code) -> Vec<u8> {
    let flags = header[2] & (OPERATION | RECURSION_DESIRED) | RESPONSE;
    let mut answer = vec![header[0], header[1], flags, RECURSION_AVAILABLE | code as u8];
    answer.resize(HEADER, 0);
    answer
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::{Code, Question, Read, failure, read};

    fn asked(name: &str, kind: u8) -> Vec<u8> {
        let mut datagram = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            datagram.push(label.len() as u8);
            datagram.extend(label.bytes());
        }
        datagram.extend([0, 0, kind, 0, 1]);
        datagram
    }

    fn question(datagram: &[u8]) -> Option<Question<'_>> {
        match read(datagram) {
            Read::Question(question) => Some(question),
            Read::Unfit(_) | Read::Nothing => None,
        }
    }

    const ADDRESS: Option<Ipv4Addr> = Some(Ipv4Addr::new(192, 168, 1, 10));

    #[test]
    fn a_name_is_read_in_lower_case_and_answered_as_it_was_asked() {
        let datagram = asked("M-1.KinesisVideo.us-west-2.amazonaws.com", 1);
        let question = question(&datagram).expect("a question");
        assert_eq!(question.name, "m-1.kinesisvideo.us-west-2.amazonaws.com");
        let answer = question.answer(Code::Fine, ADDRESS);
        assert_eq!(answer[..4], [7, 9, 0x81, 0x80]);
        assert_eq!(answer[6..8], [0, 1], "one address");
        assert_eq!(answer[12..datagram.len()], datagram[12..], "0x20 encoding is kept");
        assert_eq!(answer[answer.len() - 4..], [192, 168, 1, 10]);
    }

    #[test]
    fn other_types_have_no_record_and_an_extension_is_answered_with_one() {
        let mut datagram = asked("kinesisvideo.us-west-2.amazonaws.com", 28);
        let answer = question(&datagram).expect("a question").answer(Code::Fine, ADDRESS);
        assert_eq!((&answer[2..4], &answer[6..8]), (&[0x81, 0x80][..], &[0, 0][..]));
        datagram[11] = 1;
        datagram.extend([0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0]);
        let answer = question(&datagram).expect("a question").answer(Code::Refused, None);
        assert_eq!((answer[3] & 15, answer[11]), (5, 1));
        assert_eq!(answer[answer.len() - 11..][..3], [0, 0, 41]);
    }

    #[test]
    fn a_label_with_a_dot_in_it_is_no_boundary() {
        let datagram = asked("x", 1);
        let mut odd = datagram[..12].to_vec();
        odd.extend(b"\x0ba.amazonaws\x03com\x00\x00\x01\x00\x01");
        assert_eq!(question(&odd).expect("a question").name, "a?amazonaws.com");
    }

    #[test]
    fn what_is_no_question_is_said_to_be_none_or_not_answered() {
        let whole = asked("kinesisvideo.us-west-2.amazonaws.com", 1);
        for length in 0..whole.len() {
            match read(&whole[..length]) {
                Read::Nothing => assert!(length < 12, "cut at {length}"),
                Read::Unfit(answer) => assert_eq!(answer[3] & 15, 1, "cut at {length}"),
                Read::Question(_) => panic!("cut at {length}"),
            }
        }
        let answer = question(&whole).expect("a question").answer(Code::Fine, ADDRESS);
        assert!(failure(&answer).is_none(), "an answer is no question");
        let mut update = whole;
        update[2] = 5 << 3;
        assert_eq!(failure(&update).map(|answer| answer[3] & 15), Some(4));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_the_answer_is_none_that_we_would_answer(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            is_query: bool,
        ) {
            let mut bytes = bytes;
            if is_query && bytes.len() >= 12 {
                // Past the first checks.
                bytes[2..12].copy_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
            }
            let answer = match read(&bytes) {
                Read::Question(question) => question.answer(Code::Fine, ADDRESS),
                Read::Unfit(answer) => answer,
                Read::Nothing => return Ok(()),
            };
            prop_assert_eq!(&answer[..2], &bytes[..2]);
            prop_assert!(answer.len() <= bytes.len() + 27);
            prop_assert!(matches!(read(&answer), Read::Nothing));
        }

        #[test]
        fn any_label_lengths_are_survived(
            labels in proptest::collection::vec((any::<u8>(), 0_usize..80), 0..40),
        ) {
            let mut bytes = vec![7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
            for (length, follow) in labels {
                bytes.push(length);
                bytes.resize(bytes.len() + follow, b'a');
            }
            if let Read::Question(question) = read(&bytes) {
                prop_assert!(question.name.len() <= super::NAME_MAX);
            }
        }
    }
}
