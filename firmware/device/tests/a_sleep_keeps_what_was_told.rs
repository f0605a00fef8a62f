//! What the console told a device outlives a sleep, and the device goes on by itself.

mod support;

use kvs_device::{Exit, SdkMemory};
use support::{Bench, Board};

fn sleep(bench: &mut Bench<'_>) {
    assert_eq!(bench.answer("sleep", &[("for_ms", "1500")]), "ack");
    bench.settle();
    assert_eq!(bench.exit, Some(Exit::Sleep { for_ms: 1_500 }));
}

#[test]
fn a_woken_device_connects_without_being_told() {
    let (board, next) = (Board::default(), Board::default());
    let mut memory = Box::new(SdkMemory::new());
    let mut bench = Bench::with_memory(&board, &mut memory);
    bench.connect();
    sleep(&mut bench);
    drop(bench);

    memory.retained().wake();
    let mut bench = Bench::with_memory(&next, &mut memory);
    bench.until_event("connected");
    assert_eq!(next.count("need_credentials"), 0, "its credentials are kept");
    assert_eq!(next.count("ack"), 0, "no command was answered");
    // The console is there as before.
    assert_eq!(bench.answer("stop", &[]), "ack");
    bench.until_event("stopped");
}

#[test]
fn a_device_that_was_told_nothing_waits_when_it_wakes() {
    let (board, next) = (Board::default(), Board::default());
    let mut memory = Box::new(SdkMemory::new());
    let mut bench = Bench::with_memory(&board, &mut memory);
    sleep(&mut bench);
    drop(bench);

    memory.retained().wake();
    let mut bench = Bench::with_memory(&next, &mut memory);
    bench.until_event("error");
    assert_eq!(next.count("nak"), 0, "no command was refused");
    bench.connect();
}
