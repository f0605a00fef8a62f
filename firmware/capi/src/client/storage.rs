//! The file cache (spec §6.2), between the SDK's lines and the core's value.
//!
//! The lines are the SDK's, so that a program finds its cache after the move and after a move back.
//! Where the SDK deletes a file it cannot parse, the lines that are whole are kept here; where it
//! truncates the file and writes it anew, it is replaced at once.

mod line;

use kvs_device::CACHE_MAX;
use kvs_signaling::{Cached, UnixTime};

use super::plan::Plan;
use super::{Client, lock};
use crate::platform;
use line::Line;

/// As many as the SDK reads.
const LINES_MAX: usize = 32;

/// What the core is given at create: what the file says of this channel, in the core's form.
pub(super) fn load(plan: &Plan) -> Vec<u8> {
    let Some(path) = &plan.cache.file else { return Vec::new() };
    let Some(text) = kept(path) else { return Vec::new() };
    let settings = &plan.settings;
    let own = |line: &Line<'_>| line.is_of(&plan.cache.channel, settings.viewer, region(plan));
    let Some(line) = text.lines().filter_map(Line::parse).find(own) else { return Vec::new() };
    let config = settings.config(&[], UnixTime(super::BUILD_UNIX_MS));
    let cached = Cached {
        arn: line.arn,
        https: line.https,
        wss: line.wss,
        webrtc: Some(line.webrtc).filter(|webrtc| !webrtc.is_empty()),
        fetched: UnixTime(line.created_s * 1_000),
    };
    let mut room = vec![0; CACHE_MAX];
    let len = cached.write(&config, &mut room).unwrap_or(0);
    room.truncate(len);
    room
}

fn kept(path: &str) -> Option<String> {
    String::from_utf8(platform::read_cache(path)?).ok()
}

fn region(plan: &Plan) -> &str {
    plan.settings.region.as_str()
}

/// Puts this channel's line into the file's text, in the place of its old one.
fn merged(old: &str, new: &Line<'_>) -> String {
    let others = old.lines().filter_map(Line::parse).filter(|line| !line.is_same(new));
    let others: Vec<_> = others.collect();
    // The newest stay.
    let kept = others.len().min(LINES_MAX - 1);
    let mut text = String::new();
    for line in others.iter().skip(others.len() - kept).chain([new]) {
        line.write(&mut text);
    }
    text
}

impl Client {
    /// The core's value, for its session.
    pub(crate) fn load(&self, room: &mut [u8]) -> usize {
        let kept = lock(&self.cache);
        match room.get_mut(..kept.len()) {
            Some(room) => {
                room.copy_from_slice(&kept);
                kept.len()
            }
            None => 0,
        }
    }

    /// The core looked endpoints up: the file is written, if there is one.
    pub(crate) fn store(&self, cache: &[u8]) {
        *lock(&self.cache) = cache.to_vec();
        let Some(path) = &self.plan.cache.file else { return };
        let settings = &self.plan.settings;
        let config = settings.config(&[], UnixTime(super::BUILD_UNIX_MS));
        let Some(cached) = Cached::read(cache, &config) else { return };
        let line = Line {
            channel: &self.plan.cache.channel,
            viewer: settings.viewer,
            region: region(&self.plan),
            arn: config.channel.arn.unwrap_or(cached.arn),
            https: cached.https,
            wss: cached.wss,
            storage: settings.media_storage && cached.webrtc.is_some(),
            stream_arn: "",
            webrtc: cached.webrtc.unwrap_or(""),
            created_s: cached.fetched.0 / 1_000,
        };
        let old = kept(path).unwrap_or_default();
        // As the SDK: without its file a client works, and calls more often.
        if let Err(error) = platform::replace_cache(path, merged(&old, &line).as_bytes()) {
            self.log(&format!("cache {path}: {error}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kinesisvideo:us-west-2:123456789012:channel/door/1234567890123";

    fn line(channel: &str) -> Line<'_> {
        Line {
            channel,
            viewer: false,
            region: "us-west-2",
            arn: ARN,
            https: "https://r.example",
            wss: "wss://m.example",
            storage: false,
            stream_arn: "",
            webrtc: "",
            created_s: 1_700_000_000,
        }
    }

    #[test]
    fn a_channel_has_one_line_and_its_newest() {
        let first = merged("", &line("door"));
        assert_eq!(
            first,
            format!(
                "door,Master,us-west-2,{ARN},https://r.example,wss://m.example,0,,,1700000000\n"
            )
        );
        let other = merged(&first, &line("shed"));
        let again = merged(&other, &Line { created_s: 1_800_000_000, ..line("door") });
        assert_eq!(again.lines().count(), 2);
        assert!(again.ends_with(",1800000000\n") && again.starts_with("shed,"));
    }

    #[test]
    fn what_is_no_line_is_left_out_and_the_rest_is_kept() {
        let torn = format!("{}door,Master,us-we", merged("", &line("shed")));
        let text = merged(&format!("{torn}\ngarbage\n,,,,,,,,,\n"), &line("door"));
        assert_eq!(text.lines().count(), 2, "{text}");
    }

    #[test]
    fn the_file_does_not_grow_without_end() {
        let names: Vec<String> = (0..40).map(|number| format!("door-{number}")).collect();
        let text = names.iter().fold(String::new(), |text, name| merged(&text, &line(name)));
        assert_eq!(text.lines().count(), LINES_MAX);
        assert!(text.contains("door-39,") && !text.contains("door-0,"));
    }

    #[test]
    fn lines_of_before_v1_14_are_not_read() {
        let seven = format!("door,Master,us-west-2,{ARN},https://r,wss://m,1700000000");
        assert!(Line::parse(&seven).is_none());
    }
}
