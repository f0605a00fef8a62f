//! Boards on a serial port: found, flashed, watched.
//!
//! What a bench file and a report say of them needs nothing beside this program. What touches a port is
//! behind the feature `boards`.

mod identity;

#[cfg(feature = "boards")]
mod app;
#[cfg(feature = "boards")]
pub mod decode;
#[cfg(feature = "boards")]
mod error;
#[cfg(feature = "boards")]
pub mod flash;
#[cfg(feature = "boards")]
mod loader;
#[cfg(feature = "boards")]
pub mod port;
#[cfg(all(unix, feature = "boards"))]
pub mod remote;
#[cfg(feature = "boards")]
pub mod save;
#[cfg(feature = "boards")]
mod watch;

#[cfg(feature = "boards")]
pub use error::{Contents, FlashError};
pub use identity::{Identity, Mac, PortAt, Reset};

/// What to do when this program was built without boards on ports.
pub const WITHOUT_BOARDS: &str = "this `scenario` was built without boards on serial ports; in a checkout, \
    `cargo boards …` builds and runs it with them (`cargo install --path harness --features boards` installs it so)";
