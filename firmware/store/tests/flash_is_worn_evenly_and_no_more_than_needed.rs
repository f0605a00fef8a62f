//! Equal bytes are not written again, and the two slots take turns.

mod support;

use kvs_store::{Slots, Stored};
use support::{Chip, SECTOR};

#[test]
fn equal_bytes_are_not_written_again() {
    let mut chip = Chip::with(2);
    let mut store = |bytes: &[u8]| {
        let stored = Slots::new(&mut chip, 0, SECTOR as u32).store(bytes).expect("stored");
        (stored, chip.steps)
    };
    let bytes = [7; 200];
    let (first, steps) = store(&bytes);
    assert_eq!(first, Stored::Written);
    for _ in 0..100 {
        assert_eq!(store(&bytes), (Stored::Same, steps));
    }
    // Nearly equal is not equal: longer, shorter, another last byte.
    let mut other = bytes;
    other[199] = 8;
    for different in [&[7; 201][..], &[7; 199][..], &other[..]] {
        assert_eq!(store(different).0, Stored::Written);
    }
}

#[test]
fn the_slots_take_turns() {
    let mut chip = Chip::with(4);
    for round in 0..1000_u32 {
        let mut slots = Slots::new(&mut chip, 0, 2 * SECTOR as u32);
        assert_eq!(slots.store(&round.to_le_bytes()), Ok(Stored::Written));
        let mut room = [0; 4];
        assert_eq!(slots.load(&mut room), Ok(Some(4)));
        assert_eq!(u32::from_le_bytes(room), round);
    }
    assert_eq!(chip.erased, [500; 4]);
}

#[test]
fn two_pairs_do_not_touch_each_other() {
    let mut chip = Chip::with(8);
    Slots::new(&mut chip, 0, 2 * SECTOR as u32).store(b"settings").expect("stored");
    let after = 4 * SECTOR as u32;
    Slots::new(&mut chip, after, 2 * SECTOR as u32).store(b"cache").expect("stored");
    Slots::new(&mut chip, after, 2 * SECTOR as u32).wipe().expect("wiped");
    let mut room = [0; 16];
    assert_eq!(Slots::new(&mut chip, 0, 2 * SECTOR as u32).load(&mut room), Ok(Some(8)));
}
