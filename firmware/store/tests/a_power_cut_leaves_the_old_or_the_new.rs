//! Whenever the power fails, what was stored before or what was being stored is there, whole.

mod support;

use kvs_store::{Slots, StoreError, Stored};
use support::{Chip, Refused, SECTOR};

const SLOT: usize = 2 * SECTOR;

fn slots(chip: &mut Chip) -> Slots<&mut Chip> {
    Slots::new(chip, 0, SLOT as u32)
}

fn loaded(chip: &mut Chip) -> Option<Vec<u8>> {
    let mut room = [0; SLOT];
    let len = slots(chip).load(&mut room).expect("it can be read")?;
    Some(room[..len].to_vec())
}

fn text(of: u8, len: usize) -> Vec<u8> {
    (0..len).map(|at| of.wrapping_add(at as u8)).collect()
}

#[test]
fn a_used_chip_holds_nothing() {
    assert_eq!(loaded(&mut Chip::with(4)), None);
}

#[test]
fn each_power_cut_leaves_one_of_the_two() {
    // The lengths: none, one word and a part, more than a sector.
    for (old_len, new_len) in [(0, 37), (37, 5000), (5000, 64), (300, 300)] {
        let mut chip = Chip::with(4);
        let (old, new) = (text(1, old_len), text(2, new_len));
        // So that the slot that is written next has held something too.
        slots(&mut chip).store(b"older still").expect("stored");
        slots(&mut chip).store(&old).expect("stored");
        let before = chip.steps;
        let mut whole = chip.clone();
        slots(&mut whole).store(&new).expect("stored");
        let steps = whole.steps - before;
        assert!(steps > new_len / 4, "every word is a step");
        for cut in 1..=steps {
            let mut chip = chip.clone();
            chip.power = Some(cut);
            let result = slots(&mut chip).store(&new);
            assert_eq!(result, Err(StoreError::Flash(Refused::NoPower)), "cut at {cut} of {steps}");
            chip.power = None;
            let found = loaded(&mut chip).expect("nothing is lost");
            assert!(found == old, "cut at {cut} of {steps}: not what was there before");
            // And it goes on from there.
            assert_eq!(slots(&mut chip).store(&new), Ok(Stored::Written));
            assert!(loaded(&mut chip).as_ref() == Some(&new), "cut at {cut} of {steps}");
        }
    }
}

#[test]
fn damage_of_the_newest_brings_back_the_one_before() {
    let mut chip = Chip::with(4);
    slots(&mut chip).store(b"one").expect("stored");
    slots(&mut chip).store(b"two").expect("stored");
    assert_eq!(loaded(&mut chip).as_deref(), Some(&b"two"[..]));
    let second = SLOT;
    for at in second..second + 16 + 3 {
        for bit in 0..8 {
            let mut chip = chip.clone();
            chip.bytes[at] ^= 1 << bit;
            assert_eq!(loaded(&mut chip).as_deref(), Some(&b"one"[..]), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_and_touches_nothing() {
    let mut chip = Chip::with(4);
    let most = SLOT - 16;
    assert_eq!(slots(&mut chip).store(&text(3, most)), Ok(Stored::Written));
    let steps = chip.steps;
    assert_eq!(slots(&mut chip).store(&text(4, most + 1)), Err(StoreError::TooLarge));
    assert_eq!(chip.steps, steps);
    assert_eq!(loaded(&mut chip), Some(text(3, most)));
    // Also in the other slot, which ends where the chip does.
    assert_eq!(slots(&mut chip).store(&text(5, most)), Ok(Stored::Written));
    assert_eq!(loaded(&mut chip), Some(text(5, most)));
    // Room that is too small gets nothing, not a part.
    assert_eq!(slots(&mut chip).load(&mut [0; 64]), Ok(None));
}

#[test]
fn a_sector_that_is_worn_out_is_noticed() {
    for byte in [0, 16, 16 + 99, 16 + 4999] {
        let mut chip = Chip::with(4);
        assert_eq!(slots(&mut chip).store(&[0xa5; 3000]), Ok(Stored::Written));
        chip.worn = Some(SLOT + byte);
        assert_eq!(slots(&mut chip).store(&[0x5a; 5000]), Err(StoreError::Worn), "byte {byte}");
        assert_eq!(
            loaded(&mut chip),
            Some(vec![0xa5; 3000]),
            "what was there before is there still"
        );
    }
}
