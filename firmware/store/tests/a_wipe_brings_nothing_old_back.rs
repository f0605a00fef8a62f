//! A factory reset: nothing is left; and if the power fails on the way, never something older than what was there.

mod support;

use kvs_store::Slots;
use support::{Chip, SECTOR};

fn loaded(chip: &mut Chip) -> Option<Vec<u8>> {
    let mut room = [0; 64];
    let len = Slots::new(chip, 0, SECTOR as u32).load(&mut room).expect("it can be read")?;
    Some(room[..len].to_vec())
}

#[test]
fn nothing_is_left() {
    let mut chip = Chip::with(2);
    for secret in [&b"the old password"[..], b"the new password"] {
        Slots::new(&mut chip, 0, SECTOR as u32).store(secret).expect("stored");
    }
    Slots::new(&mut chip, 0, SECTOR as u32).wipe().expect("wiped");
    assert_eq!(loaded(&mut chip), None);
    assert!(chip.bytes.iter().all(|byte| *byte == 0xff), "not a byte of it");
}

#[test]
fn a_power_cut_does_not_bring_back_the_older_one() {
    // Whichever slot holds the newest.
    for stored in 2..4 {
        for cut in 1..=2 {
            let mut chip = Chip::with(2);
            for nth in 0..stored {
                Slots::new(&mut chip, 0, SECTOR as u32).store(&[nth; 9]).expect("stored");
            }
            chip.power = Some(cut);
            Slots::new(&mut chip, 0, SECTOR as u32).wipe().expect_err("the power fails");
            chip.power = None;
            let found = loaded(&mut chip);
            let newest = vec![stored - 1; 9];
            assert!(found.is_none() || found == Some(newest), "{stored} stored, cut at {cut}");
            Slots::new(&mut chip, 0, SECTOR as u32).wipe().expect("wiped at last");
            assert_eq!(loaded(&mut chip), None);
        }
    }
}
