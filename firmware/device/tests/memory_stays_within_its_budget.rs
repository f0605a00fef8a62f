//! What a device needs is known at compile time, and is not more than the page on porting says.

mod support;

use kvs_device::demo::Demo;
use kvs_device::{SdkMemory, SmallMemory, run, run_console};
use support::Board;

#[test]
fn the_memory_of_each_build() {
    assert!(size_of::<SmallMemory>() <= 82 * 1_024, "{}", size_of::<SmallMemory>());
    assert!(size_of::<SdkMemory>() <= 192 * 1_024, "{}", size_of::<SdkMemory>());
}

#[test]
fn the_futures_beside_it() {
    let board = Board::default();
    let (mut app, mut memory) = (Demo::<16>::new([0; 32]), Box::new(SmallMemory::new()));
    let bytes = size_of_val(&run(&board, &mut app, &mut memory));
    assert!(bytes <= 8 * 1_024, "{bytes}");
    let bytes = size_of_val(&run_console(&board, &mut app, &mut memory));
    assert!(bytes <= 8 * 1_024, "{bytes}");
}
