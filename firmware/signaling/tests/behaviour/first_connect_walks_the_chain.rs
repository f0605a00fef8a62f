use kvs_signaling::State;

use crate::support::{Options, Rig};

#[test]
fn a_master_fetches_what_is_missing_and_connects() {
    let rig = Rig::connected(Options::default());
    assert_eq!(
        rig.states(),
        [
            State::Credentials,
            State::Describe,
            State::Endpoint,
            State::IceConfig,
            State::Connecting,
            State::Connected
        ]
    );
}
