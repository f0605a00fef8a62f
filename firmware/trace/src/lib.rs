//! What a device reports and is told over its console.
//!
//! The one crate that both worlds import: devices emit [`Event`]s and read commands, the harness
//! reads events and writes commands. It knows neither the protocol core nor the harness.
//!
//! One ASCII line of at most [`LINE_MAX`] bytes each, ending in `\n`:
//!
//! ```text
//! @kvs <seq> <ms> <event> key=value … *<crc16>     device -> harness
//! !kvs <id> <command> key=value … *<crc16>         harness -> device, answered `ack` or `nak`
//! ```
//!
//! `seq` counts up by one from 0 for every event line since boot, so a lost line leaves a hole;
//! `ms` is the device's own monotonic clock. Values are percent-encoded. The checksum is
//! CRC-16/CCITT-FALSE over everything before ` *`, as four lower-case hex digits. A line that does
//! not start with `@kvs ` or `!kvs `, or whose checksum does not match, is log text.
//!
//! ```
//! use kvs_trace::{Event, Line, LineBuf};
//!
//! let mut buf = LineBuf::new();
//! let text = Event::Connected { link: 2, attempt: 1 }.write(7, 1_250, &mut buf);
//! assert_eq!(text, "@kvs 7 1250 connected link=2 attempt=1 *6e9e");
//!
//! let line = Line::parse(text).expect("a line we wrote");
//! assert_eq!((line.number, line.ms, line.name), (7, Some(1_250), "connected"));
//! assert_eq!(line.u64("link"), Some(2));
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod event;
mod line;

pub use event::{Event, FIELDS};
pub use line::{Command, Kind, LINE_MAX, Line, LineBuf, Malformed, Value, crc16};

/// Version of this line protocol, sent in `hello`; the harness refuses another one.
pub const PROTOCOL: u32 = 1;
