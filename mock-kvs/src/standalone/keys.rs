//! The keys that a configuration asks for, over restarts.

use super::file::KeyEntry;
use crate::credentials::IssuedCredentials;
use crate::mock::Mock;
use crate::random::Random;

/// Makes the mock know the key that stands at this place of the configuration. One that is known
/// from the state stays as it is, with its expiry; but where the configuration leaves the key to
/// us, one that has expired is followed by another, so that a start always gives a usable key.
pub(super) fn ready(mock: &Mock, seed: u64, place: usize, entry: &KeyEntry) -> IssuedCredentials {
    let valid_for = entry.valid_for.map(|span| span.0);
    let mut generation = 0_u32;
    loop {
        let mut random = Random::new(seed, &format!("key {place} {generation}"));
        let mut key = IssuedCredentials::draw(&mut random, mock.wall_ms(), valid_for);
        if let (Some(id), Some(secret)) = (&entry.access_key_id, &entry.secret_access_key) {
            key.access_key_id.clone_from(id);
            key.secret_key.clone_from(secret);
            key.session_token.clone_from(&entry.session_token);
        }
        match mock.credentials(&key.access_key_id) {
            None => {
                mock.add_credentials(key.clone());
                return key;
            }
            Some(known) if entry.access_key_id.is_some() || is_usable(mock, &known) => {
                return known;
            }
            Some(_) => generation += 1,
        }
    }
}

fn is_usable(mock: &Mock, key: &IssuedCredentials) -> bool {
    key.expires_unix_ms.is_none_or(|expires| expires > mock.wall_ms())
}
