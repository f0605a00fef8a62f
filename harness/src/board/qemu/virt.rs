//! QEMU's own machine `virt`, which boots the ELF itself.

use std::path::Path;

use super::{EMULATOR, NETWORK, asked};
use crate::board::BoardError;
use crate::board::image::{self, Image};

const INSTALL: &str = "ci/qemu.sh installs what this board needs on Debian";
/// RV32IMC: without atomics and floating point it traps on whatever an ESP32-C3 would trap on.
const CPU: &str = "rv32,a=false,f=false,d=false";
/// Flash and RAM of the image's linker script.
const MEMORY: &str = "8M";

/// The image: `given`, or built here.
pub fn image(given: Option<&Path>) -> Result<Image, BoardError> {
    let version = asked(&["--version"]);
    version.map_err(|error| BoardError(format!("{EMULATOR}: {error}; {INSTALL}")))?;
    let built = match given {
        Some(path) => path.to_owned(),
        None => image::build_bare_metal("firmware/ports/qemu-virt", "kvs-port-qemu-virt", &[])
            .map_err(|BoardError(why)| BoardError(format!("{why}\n{INSTALL}")))?,
    };
    Image::of(&built)
}

/// What makes the emulator this machine.
pub fn arguments(image: &Image) -> Vec<String> {
    let kernel = image.path.as_deref().unwrap_or(Path::new("")).display().to_string();
    let sha = image.sha256.get(..16).unwrap_or("unknown");
    let mut words: Vec<String> = Vec::new();
    words.extend(["-M", "virt", "-cpu", CPU, "-m", MEMORY, "-bios", "none"].map(String::from));
    words.push("-nodefaults".into());
    words.extend(["-netdev".into(), format!("user,id={NETWORK},ipv6=off")]);
    words.extend(["-device".into(), format!("virtio-net-device,netdev={NETWORK}")]);
    words.extend(["-device", "virtio-rng-device"].map(String::from));
    words.extend(["-append".into(), format!("kvs.image={sha}"), "-kernel".into(), kernel]);
    words
}
