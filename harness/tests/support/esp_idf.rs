//! A camera's firmware as ESP-IDF builds and boots it: parts and their list, a boot log, and a client that
//! has its settings built in. The client is `kvs-port-host`, whose own console nobody sees.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kvs_trace::LineBuf;
use mock_kvs::standalone::kept_key;
use mock_kvs::{Config, IssuedCredentials, Mock};
use sha2::{Digest as _, Sha256};

use crate::host_port::{HostPort, program};
use crate::pty_board::{Console, Firmware, Flash};

/// Characters of a value that fit a console line.
const PART: usize = 300;

/// What an ESP32-C3 and ESP-IDF 5.4 print until the client runs.
const BOOT_LOG: [&str; 8] = [
    "ESP-ROM:esp32c3-api1-20210207",
    "Build:Feb  7 2021",
    "rst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)",
    "\u{1b}[0;32mI (24) boot: ESP-IDF v5.4.1 2nd stage bootloader\u{1b}[0m",
    "\u{1b}[0;32mI (89) boot: Loaded app from partition at offset 0x10000\u{1b}[0m",
    "I (312) main_task: Calling app_main()",
    "\u{1b}[0;32mI (1871) wifi:connected with lab, aid = 1, channel 6\u{1b}[0m",
    "I (2898) esp_netif_handlers: sta ip: 192.168.1.77, mask: 255.255.255.0, got ip:192.168.1.77",
];

/// The firmware.
pub struct EspIdf {
    program: PathBuf,
    settings: Vec<String>,
    /// Its last words, soon after it runs.
    crash: Option<&'static str>,
    running: Option<HostPort>,
}

impl EspIdf {
    /// One that trusts the authority `ca` (DER) and finds the service on `port` of this machine.
    pub fn new(ca: &[u8], port: u16, crash: Option<&'static str>) -> Self {
        let key = key();
        let mut lines = Settings::default();
        lines.set("role", "master");
        lines.set("channel", "demo");
        lines.set("region", "us-west-2");
        lines.set("ca", &STANDARD.encode(ca));
        lines.tell("resolve", &[("suffix", "amazonaws.com"), ("to", &format!("127.0.0.1:{port}"))]);
        lines.set("secret.access_key_id", &key.access_key_id);
        lines.set("secret.secret_key", &key.secret_key);
        lines.set("credentials.expires_unix_s", "0");
        lines.tell("credentials", &[]);
        lines.tell("start", &[]);
        Self { program: program(), settings: lines.0, crash, running: None }
    }
}

impl Firmware for EspIdf {
    fn boot(&mut self, _flash: &Flash, console: Console) {
        for line in BOOT_LOG {
            console.line(line);
        }
        if let Some(words) = self.crash {
            console.line(words);
            return;
        }
        let (mut running, stdout) = HostPort::start(&self.program);
        for line in &self.settings {
            running.tell(format!("{line}\n").as_bytes());
        }
        self.running = Some(running);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if line.contains(" connected ") {
                    console.line("I (3120) signaling: connected");
                }
            }
        });
    }

    fn hear(&mut self, _bytes: &[u8]) {}

    fn halt(&mut self) {
        self.running = None;
    }
}

/// The key built into it: what every mock without options gives out.
pub fn key() -> IssuedCredentials {
    kept_key(&Mock::new(Config::default()).expect("certificates"))
}

/// Console lines of the client.
#[derive(Default)]
struct Settings(Vec<String>);

impl Settings {
    fn set(&mut self, key: &str, value: &str) {
        let parts: Vec<_> = value.as_bytes().chunks(PART).collect();
        for (index, part) in parts.iter().enumerate() {
            let text = std::str::from_utf8(part).expect("ASCII");
            let place = format!("{}/{}", index + 1, parts.len());
            let mut fields = vec![("key", key), ("value", text)];
            if parts.len() > 1 {
                fields.push(("part", &place));
            }
            self.tell("set", &fields);
        }
    }

    fn tell(&mut self, command: &str, fields: &[(&str, &str)]) {
        let id = u32::try_from(self.0.len() + 1).expect("few");
        let mut buf = LineBuf::new();
        let line = kvs_trace::Command::new(id, command, &mut buf);
        let line = fields.iter().fold(line, |line, (key, value)| line.field(key, value));
        self.0.push(line.finish_whole().expect("it fits").to_owned());
    }
}

/// What `idf.py build` leaves in its folder.
pub fn build(folder: &Path) {
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("written");
    };
    put("bootloader/bootloader.bin", &image(&[0; 64]));
    // One app at 0x10000, 1 MiB.
    let mut table = vec![0xaa, 0x50, 0, 0];
    table.extend(0x1_0000_u32.to_le_bytes());
    table.extend(0x10_0000_u32.to_le_bytes());
    table.extend(*b"factory\0\0\0\0\0\0\0\0\0\0\0\0\0");
    table.resize(0xc00, 0xff);
    put("partition_table/partition-table.bin", &table);
    let mut segment = vec![0; 256];
    segment[..4].copy_from_slice(&0xabcd_5432_u32.to_le_bytes());
    segment[16..22].copy_from_slice(b"v1.2.3");
    segment[48..54].copy_from_slice(b"camera");
    segment[112..118].copy_from_slice(b"v5.4.1");
    segment[144..176].fill(0xcd);
    segment.resize(9_000, 0x5a);
    put("camera.bin", &image(&segment));
    put(
        "flasher_args.json",
        br#"{
    "write_flash_args" : [ "--flash_mode", "dio", "--flash_size", "4MB", "--flash_freq", "80m" ],
    "flash_settings" : { "flash_mode": "dio", "flash_size": "4MB", "flash_freq": "80m" },
    "flash_files" : {
        "0x0" : "bootloader/bootloader.bin",
        "0x10000" : "camera.bin",
        "0x8000" : "partition_table/partition-table.bin"
    },
    "app" : { "offset" : "0x10000", "file" : "camera.bin", "encrypted" : "false" },
    "extra_esptool_args" : { "after" : "hard_reset", "before" : "default_reset", "stub" : true, "chip" : "esp32c3" }
}"#,
    );
}

/// An ESP image of one segment, with the chip's id, its checksum and its hash.
fn image(segment: &[u8]) -> Vec<u8> {
    let mut image = vec![0xe9, 1, 2, 0x20];
    image.resize(24, 0);
    image[12] = 5;
    image[23] = 1;
    image.extend(0x3c00_0020_u32.to_le_bytes());
    image.extend(u32::try_from(segment.len()).expect("small").to_le_bytes());
    image.extend(segment);
    let checksum = segment.iter().fold(0xef, |sum, byte| sum ^ byte);
    image.resize(image.len() / 16 * 16 + 15, 0);
    image.push(checksum);
    let hash = Sha256::digest(&image);
    image.extend(hash);
    image
}
