//! What lines of a foreign console mean: those that every ESP-IDF firmware prints, and those that the bench file names.

use std::collections::BTreeMap;

use regex_lite::Regex;

/// The chip has started; with its reason.
pub const BOOT: &str = "boot";
/// The firmware has died; with its last words.
pub const CRASH: &str = "crash";

/// Terminals' colours, as ESP-IDF's log has them, and whatever else begins with an escape.
const ESCAPE: char = '\u{1b}';

/// Last words of ESP-IDF: `esp_system/panic.c`, `newlib/assert.c`, FreeRTOS' stack check, the brownout
/// handler. The task watchdog alone does not end a firmware.
const LAST_WORDS: [&str; 5] = [
    "Guru Meditation Error",
    "abort() was called at PC",
    "assert failed:",
    "***ERROR*** A stack overflow in task",
    "Brownout detector was triggered",
];

/// What one line stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `boot`, `crash`, or the bench file's word.
    pub event: String,
    /// `boot`: why, in the words of our own `hello`. `crash`: the line. Else the pattern's first group.
    pub detail: Option<String>,
}

/// What to look for.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    own: Vec<(Regex, String)>,
}

impl Patterns {
    /// Those of a bench entry: regular expression to event word.
    ///
    /// # Errors
    /// With the pattern that is none, and why.
    pub fn new(console: &BTreeMap<String, String>) -> Result<Self, String> {
        let pattern = |(pattern, event): (&String, &String)| {
            let is_word =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
            if event.is_empty() || !event.chars().all(is_word) {
                return Err(format!(
                    "[board.console]: `{event}` is no event word such as wifi.up: lower-case letters, digits, `.`, \
                     `-` and `_`"
                ));
            }
            let regex = Regex::new(pattern).map_err(|error| {
                format!("[board.console]: `{pattern}` is no regular expression: {error}")
            })?;
            Ok((regex, event.clone()))
        };
        Ok(Self { own: console.iter().map(pattern).collect::<Result<_, _>>()? })
    }

    /// What a line stands for, if for anything. The bench file's patterns come first.
    #[must_use]
    pub fn read(&self, line: &str) -> Option<Said> {
        let line = plain(line);
        let own = self.own.iter().find_map(|(regex, event)| {
            let found = regex.captures(&line)?;
            let detail = found.get(1).map(|group| group.as_str().to_owned());
            Some(Said { event: event.clone(), detail })
        });
        own.or_else(|| booted(&line)).or_else(|| crashed(&line))
    }
}

/// Without terminal escapes and blanks around.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == ESCAPE {
            // `ESC [ … letter` (ECMA-48 §5.4); anything else is two characters long.
            if chars.next() == Some('[') {
                let _ = chars.by_ref().find(|c| ('@'..='~').contains(c));
            }
        } else {
            plain.push(c);
        }
    }
    plain.trim().to_owned()
}

/// The ROM's first words: `rst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)`, with a suffix for the chip's family.
fn booted(line: &str) -> Option<Said> {
    let (_, rest) = line.split_once("rst:0x")?;
    let (_, rest) = rest.split_once('(')?;
    let (reason, rest) = rest.split_once(')')?;
    if !rest.contains("boot:0x") {
        return None;
    }
    let detail = Some(reset_word(reason).to_owned());
    Some(Said { event: BOOT.to_owned(), detail })
}

/// The reset reason in the words of our `hello`; those of the ROM differ from chip to chip
/// (`esp_rom/<chip>/include/esp32…/rom/rtc.h`).
fn reset_word(reason: &str) -> &'static str {
    let holds = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    if holds(&["BROWN", "PWR_GLITCH", "POWER_GLITCH"]) {
        "brownout"
    } else if holds(&["WDT", "WATCHDOG"]) {
        "watchdog"
    } else if holds(&["DEEPSLEEP", "DSLEEP", "SLEEP"]) {
        "deep_sleep"
    } else if holds(&["POWERON", "POWER_ON", "CHIP_POWER", "EXT_CPU"]) {
        "power"
    } else if holds(&["SW"]) {
        "software"
    } else if holds(&["USB", "JTAG", "UART"]) {
        "usb"
    } else {
        "unknown"
    }
}

fn crashed(line: &str) -> Option<Said> {
    let is_last = LAST_WORDS.iter().any(|words| line.contains(words));
    is_last.then(|| Said { event: CRASH.to_owned(), detail: Some(line.to_owned()) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{BOOT, CRASH, Patterns, Said};

    fn read(line: &str) -> Option<(String, Option<String>)> {
        Patterns::default().read(line).map(|Said { event, detail }| (event, detail))
    }

    #[test]
    fn the_rom_says_why_it_boots_on_every_chip() {
        for (line, why) in [
            ("rst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)", "power"),
            ("rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r", "power"),
            ("rst:0xc (SW_CPU_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)", "software"),
            ("rst:0x3 (RTC_SW_SYS_RST),boot:0xc (SPI_FAST_FLASH_BOOT)", "software"),
            ("rst:0x7 (TG0WDT_SYS_RST),boot:0xc (SPI_FAST_FLASH_BOOT)", "watchdog"),
            ("rst:0xf (RTCWDT_BROWN_OUT_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)", "brownout"),
            ("rst:0x5 (DSLEEP),boot:0xc (SPI_FAST_FLASH_BOOT)", "deep_sleep"),
            ("rst:0x15 (USB_UART_CHIP_RESET),boot:0xc (SPI_FAST_FLASH_BOOT)", "usb"),
        ] {
            assert_eq!(read(line), Some((BOOT.into(), Some(why.into()))), "{line}");
        }
    }

    #[test]
    fn last_words_are_known_and_warnings_are_none() {
        for line in [
            "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.",
            "abort() was called at PC 0x42008a1c on core 0",
            "assert failed: xQueueSemaphoreTake queue.c:1549 (( pxQueue ))",
            "***ERROR*** A stack overflow in task main has been detected.",
            "E BOD: Brownout detector was triggered",
        ] {
            let coloured = format!("\u{1b}[0;31m{line}\u{1b}[0m\r\n");
            assert_eq!(read(&coloured), Some((CRASH.into(), Some(line.into()))), "{line}");
        }
        for line in [
            "I (312) main_task: Calling app_main()",
            "E (5312) task_wdt: Task watchdog got triggered.",
            "Rebooting...",
            "rst:0x1 (POWERON)",
            "rst:0x",
            "\u{1b}",
            "\u{1b}[",
            "",
        ] {
            assert_eq!(read(line), None, "{line:?}");
        }
    }

    #[test]
    fn the_bench_file_s_patterns_come_first_and_give_their_first_group() {
        let console = BTreeMap::from([
            ("got ip:([0-9.]+)".to_owned(), "wifi.up".to_owned()),
            ("WEBSOCKET_EVENT_CONNECTED".to_owned(), "connected".to_owned()),
            ("POWERON".to_owned(), "cold".to_owned()),
        ]);
        let patterns = Patterns::new(&console).expect("patterns");
        let read = |line: &str| patterns.read(line).map(|said| (said.event, said.detail));
        let line = "\u{1b}[0;32mI (2312) esp_netif_handlers: sta ip: got ip:192.168.1.77\u{1b}[0m";
        assert_eq!(read(line), Some(("wifi.up".into(), Some("192.168.1.77".into()))));
        assert_eq!(
            read("I (9) Signal: WEBSOCKET_EVENT_CONNECTED"),
            Some(("connected".into(), None))
        );
        let cold = "rst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)";
        assert_eq!(read(cold), Some(("cold".into(), None)));
        assert_eq!(
            read("abort() was called at PC 0x1").map(|(event, _)| event),
            Some(CRASH.into())
        );
    }

    #[test]
    fn what_is_no_pattern_and_no_word_is_said() {
        let refused = |pattern: &str, event: &str| {
            let console = BTreeMap::from([(pattern.to_owned(), event.to_owned())]);
            Patterns::new(&console).expect_err("refused")
        };
        assert!(refused("(", "boot").contains("`(` is no regular expression"));
        assert!(refused("x", "WiFi up").contains("`WiFi up` is no event word"));
    }
}
