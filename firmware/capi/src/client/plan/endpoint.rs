//! The control plane: as given, or of the region (spec §1.1, §4.9).

use kvs_device::{AUTHORITY_MAX, Text};
use kvs_signaling::wire::url;

use super::fit;
use crate::abi::status::signaling as code;
use crate::abi::{Status, status};

/// Which of a region's names. The SDK has these since v1.16, chosen in the environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind {
    /// `USE_DUAL_STACK_ENDPOINTS`: names with IPv6 addresses, too.
    dual_stack: bool,
    /// `USE_FIPS_ENDPOINT`: in the regions of the US government's partitions.
    fips: bool,
}

impl Kind {
    pub(super) fn of_environment() -> Self {
        Self { dual_stack: is_on("USE_DUAL_STACK_ENDPOINTS"), fips: is_on("USE_FIPS_ENDPOINT") }
    }
}

fn is_on(variable: &str) -> bool {
    let value = std::env::var(variable).unwrap_or_default();
    ["1", "on", "true"].iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// `https://host[:port]`, any port; the SDK takes 443 only. Without a scheme it is a host already.
pub(super) fn given(given: &str) -> Result<Text<AUTHORITY_MAX>, Status> {
    let whole = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
    let parsed = url::parse(&whole).ok_or(status::INVALID_ARG)?;
    fit(parsed.authority, code::INVALID_CPL_LENGTH)
}

/// Empty where the core's own choice is the one.
pub(super) fn of_region(region: &str, kind: Kind) -> Result<Text<AUTHORITY_MAX>, Status> {
    let Kind { dual_stack, fips } = kind;
    let fips = fips && ["us-gov-", "us-iso-", "us-isob-"].iter().any(|of| region.starts_with(of));
    if !dual_stack && !fips {
        return Ok(Text::EMPTY);
    }
    let host = if fips { "kinesisvideo-fips" } else { "kinesisvideo" };
    let domain = domain(region, dual_stack);
    fit(&format!("{host}.{region}.{domain}"), code::INVALID_REGION_LENGTH)
}

fn domain(region: &str, dual_stack: bool) -> &'static str {
    let (usual, both) = if region.starts_with("cn-") {
        ("amazonaws.com.cn", "api.amazonwebservices.com.cn")
    } else if region.starts_with("us-isob-") {
        ("sc2s.sgov.gov", "api.aws.scloud")
    } else if region.starts_with("us-iso-") {
        ("c2s.ic.gov", "api.aws.ic.gov")
    } else {
        ("amazonaws.com", "api.aws")
    };
    if dual_stack { both } else { usual }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_may_name_any_port() {
        let authority = |text| given(text).map(|text| text.as_str().to_owned());
        for (text, expected) in [
            ("https://127.0.0.1:8443", "127.0.0.1:8443"),
            (
                "https://kinesisvideo.us-west-2.amazonaws.com",
                "kinesisvideo.us-west-2.amazonaws.com",
            ),
            ("https://service.example:443/", "service.example:443"),
            ("service.example:444", "service.example:444"),
        ] {
            assert_eq!(authority(text).as_deref(), Ok(expected));
        }
        for wrong in ["http://service.example", "https://", "https://service.example:0", "a b"] {
            assert_eq!(authority(wrong), Err(status::INVALID_ARG), "{wrong}");
        }
    }

    #[test]
    fn a_region_has_names_of_four_kinds() {
        let name = |region, dual_stack, fips| {
            of_region(region, Kind { dual_stack, fips }).expect("it fits").as_str().to_owned()
        };
        // The core makes this one itself.
        assert_eq!(name("us-west-2", false, false), "");
        for (region, dual_stack, fips, expected) in [
            ("us-west-2", true, false, "kinesisvideo.us-west-2.api.aws"),
            ("cn-north-1", true, false, "kinesisvideo.cn-north-1.api.amazonwebservices.com.cn"),
            ("us-iso-east-1", true, false, "kinesisvideo.us-iso-east-1.api.aws.ic.gov"),
            ("us-isob-east-1", true, false, "kinesisvideo.us-isob-east-1.api.aws.scloud"),
            ("us-gov-west-1", false, true, "kinesisvideo-fips.us-gov-west-1.amazonaws.com"),
            ("us-gov-west-1", true, true, "kinesisvideo-fips.us-gov-west-1.api.aws"),
            ("us-iso-west-1", false, true, "kinesisvideo-fips.us-iso-west-1.c2s.ic.gov"),
            ("us-isob-east-1", true, true, "kinesisvideo-fips.us-isob-east-1.api.aws.scloud"),
            // There are none elsewhere.
            ("eu-west-1", false, true, ""),
            ("eu-west-1", true, true, "kinesisvideo.eu-west-1.api.aws"),
        ] {
            assert_eq!(name(region, dual_stack, fips), expected);
        }
    }
}
