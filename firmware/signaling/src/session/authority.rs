//! The control plane's host, when it is not given.

use super::check::REGION_MAX;
use crate::wire::out::Out;

const PREFIX: &str = "kinesisvideo.";
const SUFFIX_MAX: usize = ".amazonaws.com.cn".len();
const MAX: usize = PREFIX.len() + REGION_MAX + SUFFIX_MAX;

/// `kinesisvideo.<region>.<the partition's domain>` (spec §1.1).
pub(super) struct ControlPlane {
    text: [u8; MAX],
    len: usize,
}

impl ControlPlane {
    pub(super) fn new(region: &str) -> Self {
        let mut text = [0; MAX];
        let mut out = Out::new(&mut text);
        out.text(PREFIX);
        out.text(region);
        out.text(domain(region));
        // A checked region always fits.
        let len = out.finish().unwrap_or(0);
        Self { text, len }
    }

    pub(super) fn text(&self) -> &str {
        core::str::from_utf8(self.text.get(..self.len).unwrap_or_default()).unwrap_or_default()
    }
}

fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        ".amazonaws.com.cn"
    } else if region.starts_with("us-isob-") {
        ".sc2s.sgov.gov"
    } else if region.starts_with("us-iso-") {
        ".c2s.ic.gov"
    } else {
        ".amazonaws.com"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_its_domain() {
        for (region, host) in [
            ("us-west-2", "kinesisvideo.us-west-2.amazonaws.com"),
            ("cn-north-1", "kinesisvideo.cn-north-1.amazonaws.com.cn"),
            ("us-iso-east-1", "kinesisvideo.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", "kinesisvideo.us-isob-east-1.sc2s.sgov.gov"),
        ] {
            assert_eq!(ControlPlane::new(region).text(), host);
        }
    }

    #[test]
    fn the_longest_region_fits() {
        let region = [b'a'; REGION_MAX];
        let region = core::str::from_utf8(&region).expect("ascii");
        assert!(ControlPlane::new(region).text().ends_with(".amazonaws.com"));
    }
}
