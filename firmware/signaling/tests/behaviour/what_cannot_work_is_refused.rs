use kvs_signaling::config::{ENDPOINT_MAX, HTTP_MIN, RX_SMALL};
use kvs_signaling::{
    Channel, Config, ConfigError, Error, Input, Memory, Policy, Remedy, Role, Session, State,
    UnixTime,
};

use crate::support::{ARN, Options, Rig};

fn build(change: impl FnOnce(&mut Config<'static>)) -> Result<(), ConfigError> {
    let mut config = Config {
        channel: Options::default().channel,
        role: Role::Master,
        control_plane: None,
        iot: None,
        user_agent: "test",
        build_date: UnixTime(0),
        cache: &[],
        policy: Policy::DEFAULT,
        #[cfg(kvs_mutants)]
        mutants: kvs_signaling::config::Mutants::default(),
    };
    change(&mut config);
    let mut memory = Memory::<RX_SMALL, RX_SMALL, HTTP_MIN>::new();
    Session::new(config, memory.lend(), [0; 32]).map(|_| ())
}

#[test]
fn a_configuration() {
    let channel = |change: fn(&mut Channel<'static>)| build(|config| change(&mut config.channel));
    assert_eq!(build(|_| {}), Ok(()));
    assert_eq!(channel(|c| c.name = ""), Err(ConfigError::NoChannel));
    assert_eq!(channel(|c| c.name = "a b"), Err(ConfigError::ChannelName));
    assert_eq!(channel(|c| c.arn = Some("arn:aws:s3:::x")), Err(ConfigError::ChannelArn));
    assert_eq!(channel(|c| (c.name, c.arn) = ("", Some(ARN))), Ok(()));
    assert_eq!(channel(|c| c.region = ""), Err(ConfigError::Region));
    assert_eq!(channel(|c| c.region = "us west"), Err(ConfigError::Region));
    assert_eq!(channel(|c| c.message_ttl_s = 4), Err(ConfigError::MessageTtl));
    assert_eq!(channel(|c| c.message_ttl_s = 121), Err(ConfigError::MessageTtl));
    for client_id in ["", "a/b", "aws_x", "AWS_x"] {
        let built = build(|config| config.role = Role::Viewer(client_id));
        assert_eq!(built, Err(ConfigError::ClientId), "{client_id}");
    }
    for control_plane in ["", "host:", "host:0", "https://host", "host/path"] {
        let built = build(|config| config.control_plane = Some(control_plane));
        assert_eq!(built, Err(ConfigError::ControlPlane), "{control_plane}");
    }
    assert_eq!(Error::Config(ConfigError::Region).remedy(), Remedy::FixConfig);
}

#[test]
fn a_buffer() {
    let config = Options::default();
    let mut memory = Memory::<RX_SMALL, RX_SMALL, { HTTP_MIN - 1 }>::new();
    let config = Config {
        channel: config.channel,
        role: Role::Master,
        control_plane: None,
        iot: None,
        user_agent: "test",
        build_date: UnixTime(0),
        cache: &[],
        policy: Policy::DEFAULT,
        #[cfg(kvs_mutants)]
        mutants: kvs_signaling::config::Mutants::default(),
    };
    let refused = Session::new(config, memory.lend(), [0; 32]).err();
    assert_eq!(refused, Some(ConfigError::Buffer("http")));
    assert_eq!(
        refused.map(|error| error.to_string()).as_deref(),
        Some("buffer `http` is too small")
    );
}

/// The documented minimum of `http` holds the longest of everything.
#[test]
fn but_not_the_longest_names() {
    let name: &'static str = "n".repeat(256).leak();
    let client_id: &'static str = "c".repeat(256).leak();
    let mut options = Options { role: Role::Viewer(client_id), ..Options::default() };
    options.channel.name = name;
    options.token = "k/y+".repeat(512).leak();
    let mut rig = Rig::new(options);
    rig.service.arn =
        format!("arn:aws:kinesisvideo:us-west-2:123456789012:channel/{name}/1700000000000");
    let host = format!("{}.example", "h".repeat(ENDPOINT_MAX - "https://.example".len()));
    rig.service.https_authority = host.clone();
    rig.service.wss_authority = host;
    rig.input(Input::Start);
    assert_eq!(rig.session.state(), State::Connected, "{rig:?}");
    let upgrade = rig.service.requests_to("X-Amz")[0];
    assert!(upgrade.target.len() > 4_000, "{}", upgrade.target.len());
}
