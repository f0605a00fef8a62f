//! Commands to the device: one at a time, each acknowledged, secrets masked wherever it is recorded.

use std::collections::VecDeque;
use std::time::Duration;

use kvs_trace::{Command, LineBuf};
use tokio::time::Instant;

/// A device that does not acknowledge a command for this long does not listen.
const ACK_LIMIT: Duration = Duration::from_secs(5);
/// Characters of a long value that one line carries; halved until the line holds them encoded.
const PART: usize = 400;

/// What to tell the device.
#[derive(Clone, Debug)]
pub struct Order {
    /// The command's word.
    pub name: String,
    /// Its arguments, in order.
    pub fields: Vec<(String, String)>,
}

impl Order {
    /// A command without arguments.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), fields: Vec::new() }
    }

    /// With one more argument.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.fields.push((key.to_owned(), value.to_string()));
        self
    }

    /// `set key=… value=…`, in parts when the value is long.
    pub fn set(key: &str, value: &str) -> Vec<Self> {
        let mut size = PART;
        loop {
            let parts = Self::parts(key, value, size);
            let mut buf = LineBuf::new();
            let whole = parts.iter().all(|part| part.line(u32::MAX, &mut buf).is_some());
            if whole || size == 1 {
                return parts;
            }
            size /= 2;
        }
    }

    fn parts(key: &str, value: &str, size: usize) -> Vec<Self> {
        let chars: Vec<char> = value.chars().collect();
        let chunks: Vec<String> = chars.chunks(size).map(|chunk| chunk.iter().collect()).collect();
        if chunks.len() <= 1 {
            return vec![Self::new("set").with("key", key).with("value", value)];
        }
        let count = chunks.len();
        let part = |(index, chunk): (usize, &String)| {
            let part = format!("{}/{count}", index + 1);
            Self::new("set").with("key", key).with("value", chunk).with("part", part)
        };
        chunks.iter().enumerate().map(part).collect()
    }

    /// The console line; none when it would not fit.
    fn line<'b>(&self, id: u32, buf: &'b mut LineBuf) -> Option<&'b str> {
        let command = Command::new(id, &self.name, buf);
        let add = |command: Command<'b>, (key, value): &(String, String)| command.field(key, value);
        self.fields.iter().fold(command, add).finish_whole()
    }

    /// What may be recorded of it.
    pub fn masked(&self) -> String {
        let secret =
            self.fields.iter().any(|(key, value)| key == "key" && value.starts_with("secret."));
        let show = |(key, value): &(String, String)| {
            let hidden = secret && key == "value";
            format!(" {key}={}", if hidden { "***" } else { value })
        };
        format!("{}{}", self.name, self.fields.iter().map(show).collect::<String>())
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Carried out.
    Ack,
    /// Refused, with the device's word.
    Nak(String),
}

/// The queue of one run.
#[derive(Default)]
pub struct Orders {
    waiting: VecDeque<(u32, Order)>,
    sent: Option<(u32, Order, Instant)>,
    answered: Option<(u32, Answer)>,
    last_id: u32,
}

impl Orders {
    /// Queues `order`; gives its id.
    pub fn queue(&mut self, order: Order) -> u32 {
        self.last_id += 1;
        self.waiting.push_back((self.last_id, order));
        self.last_id
    }

    /// The line to write now, with what may be recorded of it; none while one is unanswered.
    pub fn next_line(&mut self) -> Option<(String, String)> {
        if self.sent.is_some() {
            return None;
        }
        let (id, order) = self.waiting.pop_front()?;
        let mut buf = LineBuf::new();
        let line = order.line(id, &mut buf).unwrap_or_default().to_owned();
        let masked = format!("!kvs {id} {}", order.masked());
        self.sent = Some((id, order, Instant::now() + ACK_LIMIT));
        Some((line, masked))
    }

    /// The device answered command `id`. Gives the order, unless the answer is a stray one.
    pub fn answer(&mut self, id: u32, answer: Answer) -> Option<Order> {
        let (_, order, _) = self.sent.take_if(|(sent, ..)| *sent == id)?;
        self.answered = Some((id, answer));
        Some(order)
    }

    /// The answer to `id`, once it is there.
    pub fn take_answer(&mut self, id: u32) -> Option<Answer> {
        self.answered.take_if(|(answered, _)| *answered == id).map(|(_, answer)| answer)
    }

    /// When the device must have answered, and what.
    pub fn deadline(&self) -> Option<(Instant, &Order)> {
        self.sent.as_ref().map(|(_, order, at)| (*at, order))
    }

    /// Forgets everything: the device is gone.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.sent = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kvs_trace::Line;

    #[test]
    fn long_values_arrive_whole_whatever_they_hold() {
        for value in ["x".repeat(3_000), "=%* ".repeat(700), String::new(), "é".repeat(500)] {
            let mut got = String::new();
            for (index, order) in Order::set("ca", &value).into_iter().enumerate() {
                let mut orders = Orders::default();
                orders.queue(order);
                let (line, _) = orders.next_line().expect("queued");
                let line = Line::parse(&line).expect("a whole line");
                assert_eq!(line.name, "set", "part {index}");
                let bytes: Vec<u8> = line.value("value").expect("a value").bytes().collect();
                got.push_str(&String::from_utf8(bytes).expect("whole characters"));
            }
            assert_eq!(got, value);
        }
    }

    #[test]
    fn secrets_are_masked_in_every_part() {
        for order in Order::set("secret.session_token", &"T0KEN".repeat(400)) {
            assert!(!order.masked().contains("T0KEN"), "{}", order.masked());
        }
        assert_eq!(Order::new("clock").with("offset_s", -7).masked(), "clock offset_s=-7");
    }

    #[tokio::test(start_paused = true)]
    async fn one_command_at_a_time() {
        let mut orders = Orders::default();
        let first = orders.queue(Order::new("hello"));
        let second = orders.queue(Order::new("start"));
        assert!(orders.next_line().is_some());
        assert!(orders.next_line().is_none());
        assert!(orders.answer(second, Answer::Ack).is_none(), "a stray answer");
        assert!(orders.answer(first, Answer::Ack).is_some());
        assert_eq!(orders.take_answer(first), Some(Answer::Ack));
        assert!(orders.next_line().is_some_and(|(line, _)| line.contains("start")));
    }
}
