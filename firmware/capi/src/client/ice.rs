//! ICE getters: the list as C structs (spec §5.7).

use core::ffi::c_char;
use std::time::Duration;

use kvs_signaling::State;
use kvs_signaling::event::Known;

use super::commands::Command;
use super::shared::{Job, Looked, Server};
use super::{Client, lock};
use crate::abi::status::signaling as code;
use crate::abi::structs::IceConfig;
use crate::abi::{PER_S, Status, limits, status};
use crate::text;

/// A refresh, as in the SDK.
const BUDGET: Duration = Duration::from_secs(20);
/// A look at what the pump has.
const LOOK: Duration = Duration::from_secs(5);

/// What callers hold pointers into: the list they were given last, and the one before. The SDK
/// overwrites the list under its readers.
#[derive(Default)]
pub(super) struct IceMemory {
    /// Which of the session's lists `current` is.
    list: u64,
    current: Vec<IceConfig>,
    previous: Vec<IceConfig>,
}

// SAFETY: plain numbers; the pointers to them are the callers' business.
unsafe impl Send for IceMemory {}

impl Client {
    /// `signalingClientGetIceConfigInfoCount`.
    pub(crate) fn ice_count(&self) -> Result<u32, Status> {
        let _inside = self.enter()?;
        let result = self.fresh_ice();
        let result = result.map(|()| u32::try_from(lock(&self.ice).current.len()).unwrap_or(0));
        self.count(result)
    }

    /// `signalingClientGetIceConfigInfo`: valid until the second refresh from now.
    pub(crate) fn ice_config(&self, index: u32) -> Result<*mut IceConfig, Status> {
        let _inside = self.enter()?;
        let result = self.fresh_ice().and_then(|()| {
            let mut ice = lock(&self.ice);
            let server = ice.current.get_mut(usize::try_from(index).unwrap_or(usize::MAX));
            server.map(core::ptr::from_mut).ok_or(status::INVALID_ARG)
        });
        self.count(result)
    }

    /// Brings `ice` up to date; refreshes the session's list when there is none.
    fn fresh_ice(&self) -> Result<(), Status> {
        let (none, due) = self.look(|looked| (looked.servers.is_empty(), looked.ice_is_due))?;
        // Beside a connection the session sees to it by itself, and until then what is there is good.
        let rests = matches!(self.lock().session, State::Ready | State::Stopped);
        if none || due && rests {
            let refreshed = self.refresh_ice();
            if let Err(failed) = refreshed {
                // The SDK tells it on the caller's thread, and returns it.
                self.lock().counted.runtime_errors += 1;
                let text = format!(
                    "Failed refreshing ICE server configuration with status code 0x{failed:08x}."
                );
                self.run(Job::Error(code::ICE_CONFIG_REFRESH_FAILED, text));
                return Err(failed);
            }
        }
        let list = self.lock().ice_lists;
        self.look(|looked| {
            let mut ice = lock(&self.ice);
            if ice.list != list || ice.current.is_empty() {
                ice.list = list;
                let fresh = looked.servers.iter().filter_map(config);
                let fresh = fresh.take(limits::ICE_CONFIGS).collect();
                ice.previous = core::mem::replace(&mut ice.current, fresh);
            }
        })
    }

    fn refresh_ice(&self) -> Result<(), Status> {
        let _driving = self.take_wheel()?;
        let (session, lists) = {
            let shared = self.lock();
            if shared.finished {
                return Err(status::INVALID_STREAM_STATE);
            }
            (shared.session, shared.ice_lists)
        };
        match session {
            // Created, not fetched: the SDK has nothing to refresh either.
            State::Idle => return Err(status::INVALID_STREAM_STATE),
            State::Ready | State::Stopped => {
                self.command(Command::Forget(Known::IceServers));
                return self.prepare(BUDGET);
            }
            State::Connected | State::Leaving => {
                self.begin();
                self.lock().ice_failures = 0;
                self.command(Command::Forget(Known::IceServers));
            }
            // On the way to a connection, which needs the list too: it is being fetched.
            State::Credentials
            | State::TimeSync
            | State::Describe
            | State::Create
            | State::MediaStorage
            | State::Endpoint
            | State::IceConfig
            | State::Connecting
            | State::Deleting
            | State::Waiting
            | State::Closing => {}
        }
        let refreshed = self.drive(BUDGET, |shared| {
            if shared.ice_lists > lists {
                return Some(Ok(()));
            }
            let failed = shared.ice_failures >= 2;
            failed.then_some(Err(code::GET_ICE_CONFIG_CALL_FAILED))
        });
        refreshed.and_then(|refreshed| refreshed)
    }

    /// Reads what the pump copies out for it. No callbacks meanwhile: this is quick.
    pub(super) fn look<T>(&self, read: impl FnOnce(&Looked) -> T) -> Result<T, Status> {
        let order = self.command(Command::Look);
        let until = crate::platform::now() + LOOK;
        let mut shared = self.lock();
        loop {
            if shared.obeyed >= order {
                return Ok(read(&shared.looked));
            }
            if shared.closing {
                return Err(status::INVALID_OPERATION);
            }
            if crate::platform::now() >= until {
                return Err(status::OPERATION_TIMED_OUT);
            }
            shared = self.wait(shared, Some(until));
        }
    }
}

/// `None`: user name or password do not fit the SDK's fields, and without them it is of no use.
fn config(server: &Server) -> Option<IceConfig> {
    let mut config = IceConfig {
        version: 0,
        ttl: u64::from(server.ttl_s) * PER_S,
        uri_count: 0,
        uris: [[0; limits::ICE_URI + 1]; limits::ICE_URIS],
        user_name: [0; limits::ICE_USER_NAME + 1],
        password: [0; limits::ICE_PASSWORD + 1],
    };
    // A URI the field cannot hold is left out; the SDK refuses the whole list for it.
    let fitting = server.uris.iter().filter(|uri| uri.len() <= limits::ICE_URI);
    for (field, uri) in config.uris.iter_mut().zip(fitting) {
        text::write(field, uri.as_bytes());
        config.uri_count += 1;
    }
    let whole = |field: &mut [c_char], text: &str| text::write(field, text.as_bytes());
    (config.uri_count > 0
        && whole(&mut config.user_name, &server.username)
        && whole(&mut config.password, &server.password))
    .then_some(config)
}
