//! AWS's partitions: which regions they have, and under which names a region's services are found
//! (spec §1.1; botocore's `partitions.json` and the endpoint rules of `kinesisvideo`).

/// A partition, by what its ARNs and names are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second part of an ARN.
    pub name: &'static str,
    /// What its regions' names begin with.
    region_prefix: &'static str,
    /// The end of its host names.
    pub suffix: &'static str,
    /// The end of those that have IPv6 addresses too.
    pub dual_stack_suffix: &'static str,
}

const fn partition(
    name: &'static str,
    region_prefix: &'static str,
    suffix: &'static str,
    dual_stack_suffix: &'static str,
) -> Partition {
    Partition { name, region_prefix, suffix, dual_stack_suffix }
}

/// All, those with the longer prefixes first; the last has every other region.
const ALL: [Partition; 8] = [
    partition("aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    partition("aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"),
    partition("aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    partition("aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    partition("aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    partition("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    partition("aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    partition("aws", "", "amazonaws.com", "api.aws"),
];

/// The service's own name, and the one of its FIPS 140 endpoints.
const SERVICES: [&str; 2] = ["kinesisvideo", "kinesisvideo-fips"];

impl Partition {
    /// The partition of a region.
    #[must_use]
    pub fn of(region: &str) -> Self {
        let found = ALL.into_iter().find(|partition| region.starts_with(partition.region_prefix));
        // The last one's prefix is empty.
        found.unwrap_or(ALL[ALL.len() - 1])
    }

    /// The control plane's names in a region: standard, FIPS, and both with IPv6.
    #[must_use]
    pub fn control_planes(self, region: &str) -> Vec<String> {
        let suffixes = [self.suffix, self.dual_stack_suffix];
        let names = suffixes
            .into_iter()
            .flat_map(|suffix| SERVICES.map(|service| format!("{service}.{region}.{suffix}")));
        names.collect()
    }

    /// Where IoT's credentials provider is found in a region, behind an id.
    #[must_use]
    pub fn credentials_provider(self, region: &str) -> String {
        format!("credentials.iot.{region}.{}", self.suffix)
    }
}

/// The control plane's name that a host of the region is, or stands behind: the data plane's names
/// are those of the control plane with a label in front.
#[must_use]
pub fn control_plane_of(host: &str, region: &str) -> Option<String> {
    let host = host.split_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
    Partition::of(region).control_planes(region).into_iter().find(|name| {
        let in_front = host.strip_suffix(name.as_str());
        in_front.is_some_and(|label| label.is_empty() || label.ends_with('.'))
    })
}

/// Whether a host is one that the mock serves for the region: the control plane, the data plane's
/// names behind it, or the IoT credentials provider behind an id.
#[must_use]
pub fn serves(host: &str, region: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let provider = format!(".{}", Partition::of(region).credentials_provider(region));
    let has_id = |id: &str| !id.is_empty() && !id.contains('.');
    control_plane_of(&host, region).is_some() || host.strip_suffix(&provider).is_some_and(has_id)
}
