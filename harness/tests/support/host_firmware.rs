//! The host port as the firmware of a pty board: what it says of itself is the chip's MAC and the hash
//! that stands in the flash.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use kvs_trace::{Event, Line, LineBuf};

use crate::host_port::{HostPort, program};
use crate::pty_board::{Console, Firmware, Flash};

/// What is wrong with it, changed while it runs.
#[derive(Clone, Debug, Default)]
pub struct Quirks {
    /// So many boots say nothing.
    pub silent_boots: u32,
    /// It says that it is this image.
    pub image: Option<String>,
    /// The cable is pulled when it says this event.
    pub unplug_on: Option<&'static str>,
    /// The port's name, which goes with the cable.
    pub link: PathBuf,
}

/// `kvs-port-host` behind a pty.
pub struct HostFirmware {
    program: PathBuf,
    mac: String,
    quirks: Arc<Mutex<Quirks>>,
    running: Option<HostPort>,
}

impl HostFirmware {
    pub fn new(mac: [u8; 6], quirks: &Arc<Mutex<Quirks>>) -> Self {
        let mac = mac.map(|byte| format!("{byte:02x}")).join(":");
        Self { program: program(), mac, quirks: Arc::clone(quirks), running: None }
    }
}

impl Firmware for HostFirmware {
    fn boot(&mut self, flash: &Flash, console: Console) {
        {
            let mut quirks = self.quirks.lock().expect("no panic");
            if quirks.silent_boots > 0 {
                quirks.silent_boots -= 1;
                return;
            }
        }
        let (running, stdout) = HostPort::start(&self.program);
        self.running = Some(running);
        let image = flash.elf_sha256().expect("an app with a descriptor");
        let (mac, quirks) = (self.mac.clone(), Arc::clone(&self.quirks));
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let quirks = quirks.lock().expect("no panic").clone();
                let image = quirks.image.as_deref().unwrap_or(&image[..16]);
                let parsed = Line::parse(&line).ok();
                let event = parsed.as_ref().map_or("", |line| line.name);
                let heard = match &parsed {
                    Some(hello) if event == "hello" => console.line(&said(hello, image, &mac)),
                    Some(_) | None => console.line(&line),
                };
                if !heard {
                    return;
                }
                if quirks.unplug_on == Some(event) {
                    std::fs::remove_file(&quirks.link).expect("a link");
                    console.unplug();
                }
            }
        });
    }

    fn hear(&mut self, bytes: &[u8]) {
        if let Some(running) = &mut self.running {
            running.tell(bytes);
        }
    }

    fn halt(&mut self) {
        self.running = None;
    }
}

/// The device's `hello` as this board would say it.
fn said(hello: &Line<'_>, image: &str, mac: &str) -> String {
    let event =
        Event::Hello { proto: kvs_trace::PROTOCOL, image, board: "esp32c3", reset: "power", mac };
    event.write(hello.number, hello.ms.unwrap_or(0), &mut LineBuf::new()).to_owned()
}
