//! The user agent (spec §4.3): `<name>/<version> <compiler> <system> <machine>[ <custom>]`. The SDK's own
//! name has a version of its own in it.

/// The SDK's agent name; a program can put another in its place.
const NAME: &str = concat!("AWS-WEBRTC-KVS-AGENT/", env!("CARGO_PKG_VERSION"));

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The program's name, or the SDK's; then what this is and where it runs.
pub(super) fn text(postfix: Option<&str>, custom: Option<&str>) -> String {
    let name = postfix.filter(|postfix| !postfix.is_empty()).unwrap_or(NAME);
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    let mut agent = format!("{name}/{VERSION} rustc {system} {machine}");
    if let Some(custom) = custom.filter(|custom| !custom.is_empty()) {
        agent.push(' ');
        agent.push_str(custom);
    }
    agent
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::limits;

    #[test]
    fn its_parts_stand_as_in_the_sdk() {
        let words = |agent: &str| agent.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let usual = words(&text(None, Some("")));
        assert_eq!(usual.len(), 4, "{usual:?}");
        assert_eq!(usual[0], format!("AWS-WEBRTC-KVS-AGENT/{VERSION}/{VERSION}"));
        assert_eq!(usual[2..], [std::env::consts::OS, std::env::consts::ARCH]);
        let own = words(&text(Some("camera"), Some("shop/7")));
        assert_eq!(own[0], format!("camera/{VERSION}"));
        assert_eq!(own[4], "shop/7");
    }

    #[test]
    fn the_longest_parts_fit_the_sdk_s_256() {
        let (postfix, custom) =
            ("p".repeat(limits::USER_AGENT_POSTFIX), "c".repeat(limits::USER_AGENT_CUSTOM));
        assert!(text(Some(&postfix), Some(&custom)).len() <= kvs_device::USER_AGENT_MAX);
    }
}
