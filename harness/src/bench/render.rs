//! An entry as a bench file says it.

use std::fmt;

use super::{Entry, Firmware, MadeFor};
use crate::board::serial::Reset;

/// A `[[board]]` of a bench file.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[[board]]")?;
        writeln!(f, "name = {}", quoted(&self.name))?;
        writeln!(f, "mac = {}", quoted(&self.mac.to_string()))?;
        if let Some(chip) = &self.chip {
            writeln!(f, "chip = {}", quoted(chip))?;
        }
        writeln!(f, "port = {}", quoted(&self.port.to_string()))?;
        writeln!(f, "baud = {}", self.baud)?;
        match self.firmware {
            Firmware::Ours => {}
            Firmware::Foreign => writeln!(f, "firmware = \"foreign\"")?,
        }
        if let Some(image) = &self.image {
            writeln!(f, "image = {}", quoted(&image.display().to_string()))?;
        }
        if !self.tags.is_empty() {
            writeln!(f, "tags = [{}]", list(&self.tags))?;
        }
        if let Some(network) = &self.network {
            write!(f, "network = {{ host = {}", quoted(&network.host.to_string()))?;
            if let Some(ssid) = &network.ssid {
                write!(f, ", ssid = {}", quoted(ssid))?;
            }
            if let Some(path) = &network.password_file {
                write!(f, ", password_file = {}", quoted(&path.display().to_string()))?;
            }
            writeln!(f, " }}")?;
        }
        let method = match self.reset.method {
            Reset::DtrRts => "dtr-rts",
            Reset::Usb => "usb",
            Reset::None => "none",
        };
        write!(f, "reset = {{ method = {}", quoted(method))?;
        if !self.reset.power.is_empty() {
            write!(f, ", power = [{}]", list(&self.reset.power))?;
        }
        writeln!(f, " }}")?;
        if self.service != MadeFor::default() {
            let MadeFor { port, channel, region, ca_dir } = &self.service;
            writeln!(f, "[board.service]\nport = {port}\nchannel = {}", quoted(channel))?;
            let ca_dir = ca_dir.display().to_string();
            writeln!(f, "region = {}\nca_dir = {}", quoted(region), quoted(&ca_dir))?;
        }
        if !self.console.is_empty() {
            writeln!(f, "[board.console]")?;
            for (pattern, event) in &self.console {
                writeln!(f, "{} = {}", quoted(pattern), quoted(event))?;
            }
        }
        Ok(())
    }
}

fn list(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", ")
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
