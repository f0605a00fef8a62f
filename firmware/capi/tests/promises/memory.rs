//! The heap that clients take (docs/memory.md): every allocation of a C program counted, for 1, 10 and 100 clients.

use std::collections::BTreeMap;

use mock_kvs::Config;

use crate::support::{Service, compile, converse, run, start};

/// Bounds in bytes, somewhat above what docs/memory.md has: for one more client at rest,
const IDLE_MAX: i64 = 140_000;
/// for the first while it comes up,
const COMING_UP_MAX: i64 = 175_000;
/// and beside that for 10 KiB received and 10 KiB sent from the callback.
const MESSAGE_MAX: i64 = 52_000;

#[test]
fn a_client_takes_no_more_of_the_heap_than_the_page_says() {
    let Some(program) = compile("cc", "tests/c/memory.c", "memory", &[]) else { return };
    let mut figures = BTreeMap::new();
    for count in [1_i64, 10, 100] {
        let service = Service::new(Config::default());
        let mut command = service.command(&program);
        command.args(["clients", &count.to_string(), "door"]);
        let (passed, said) = converse(start(&mut command), |_| {
            run(service.command(&program).args(["offer", "door-0"]));
        });
        assert!(passed, "{said}");
        print!("{said}");
        figures.insert(count, Figures::read(&said));
    }
    let (one, ten, hundred) = (&figures[&1], &figures[&10], &figures[&100]);
    let idle = (hundred.idle - ten.idle) / 90;
    println!("one more client: {idle} bytes; the first: {}", one.idle);
    assert!(idle <= IDLE_MAX, "{idle} bytes a client");
    // A client that comes up holds its handshake and its calls, one after the other.
    assert!(one.coming_up <= COMING_UP_MAX, "{} bytes at the peak", one.coming_up);
    for (count, figures) in &figures {
        assert!(figures.message <= MESSAGE_MAX, "{count} clients: {} bytes", figures.message);
        // What stays is one-time: as much after a hundred clients as after one, but for the allocator's rounding.
        assert!(figures.left <= one.left + 8_192, "{count} clients left {} bytes", figures.left);
    }
}

/// What the program said, in bytes.
struct Figures {
    idle: i64,
    coming_up: i64,
    message: i64,
    left: i64,
}

impl Figures {
    fn read(said: &str) -> Self {
        let after = |word: &str| {
            let found = said.split(&format!("{word} ")).nth(1).expect(word);
            let end = found.find(|letter: char| !letter.is_ascii_digit() && letter != '-');
            found[..end.unwrap_or(found.len())].parse().expect("a number")
        };
        Self {
            idle: after("idle"),
            coming_up: after("coming up"),
            message: after("message"),
            left: after("left"),
        }
    }
}
