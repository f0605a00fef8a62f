//! What the command line and the configuration file say together.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::file::{ChannelEntry, File, KeyEntry};
use super::lan::Lan;
use super::{Listen, Options, StandaloneError};
use crate::config::{Config, Turn};
use crate::fault::units::Span;
use crate::iot::RoleAlias;

/// Everything that a start needs.
pub(super) struct Settings {
    pub config: Config,
    pub listen: Vec<Listen>,
    pub lan: Option<Lan>,
    pub is_plain: bool,
    pub admin: Option<SocketAddr>,
    pub admin_token: Option<String>,
    pub channels: Vec<ChannelEntry>,
    pub keys: Vec<KeyEntry>,
    pub things: Vec<String>,
    pub role_aliases: Vec<(String, RoleAlias)>,
    pub ca_dir: PathBuf,
    pub ready_file: Option<PathBuf>,
    pub state: Option<PathBuf>,
    pub parent_pid: Option<i32>,
}

impl Settings {
    /// The command line wins; its lists replace the file's.
    pub fn of(options: Options) -> Result<Self, StandaloneError> {
        let file = match &options.config {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        let lan = Lan::of(&options, &file)?;
        let config = Config { turn: turn(&options, &file)?, ..config(&options, &file) };
        let named = |name: String| ChannelEntry { name, ..ChannelEntry::default() };
        let channels = options.channel.into_iter().map(named).collect();
        let valid_for = options.credentials_valid_for.or(file.credentials_valid_for);
        let default_key = vec![KeyEntry { valid_for, ..KeyEntry::default() }];
        let given_key =
            if options.credentials_valid_for.is_some() { default_key.clone() } else { Vec::new() };
        let aliases = options.role_alias.into_iter().map(|name| (name, RoleAlias::default()));
        let file_aliases = file.role_alias.into_iter().map(|entry| {
            let usual = RoleAlias::default();
            let alias = RoleAlias {
                credentials_valid_for: entry.valid_for.map_or(usual.credentials_valid_for, |t| t.0),
                things: entry.things,
                calls_per_second: entry.calls_per_second.unwrap_or(usual.calls_per_second),
            };
            (entry.name, alias)
        });
        let things: Vec<_> = file
            .thing
            .into_iter()
            .map(|thing| super::thing::thing_name(&thing.name).map_err(StandaloneError::Setting))
            .collect::<Result<_, _>>()?;
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let address = lan.as_ref().map_or(local(8443), Lan::service);
        let device = Listen { actor: "device".to_owned(), address };
        let settings = Self {
            config,
            listen: first([options.listen, file.listen, vec![device]]),
            lan,
            is_plain: options.plain || file.plain,
            admin: if options.no_admin || (file.no_admin && options.admin.is_none()) {
                None
            } else {
                Some(options.admin.or(file.admin).unwrap_or_else(|| local(8480)))
            },
            admin_token: options.admin_token.or(file.admin_token),
            channels: first([channels, file.channel, vec![named("demo".to_owned())]]),
            keys: first([given_key, file.key, default_key]),
            things: first([options.thing, things, Vec::new()]),
            role_aliases: first([
                aliases.collect(),
                file_aliases.collect(),
                vec![("mock-kvs".to_owned(), RoleAlias::default())],
            ]),
            ca_dir: options.ca_dir.or(file.ca_dir).unwrap_or_else(|| "target/mock-kvs".into()),
            ready_file: options.ready_file.or(file.ready_file),
            state: options.state.or(file.state),
            parent_pid: options.parent_pid,
        };
        settings.keys.iter().try_for_each(check_key)?;
        Ok(settings)
    }
}

fn config(options: &Options, file: &File) -> Config {
    let usual = Config::default();
    let chosen =
        |option: &Option<String>, file: &Option<String>| option.clone().or_else(|| file.clone());
    let seconds = |span: Span| u32::try_from(span.0.as_secs()).unwrap_or(u32::MAX);
    Config {
        region: chosen(&options.region, &file.region).unwrap_or(usual.region),
        account: file.account.clone().unwrap_or(usual.account),
        seed: options.seed.or(file.seed).unwrap_or(usual.seed),
        payload_limit: options.payload_limit.or(file.payload_limit).unwrap_or(usual.payload_limit),
        names: first([options.name.clone(), file.name.clone(), Vec::new()]),
        ice_ttl_s: file.ice.ttl.map_or(usual.ice_ttl_s, seconds),
        ice_servers: file.ice.servers.unwrap_or(usual.ice_servers),
        message_ttl: file.message_ttl.map_or(usual.message_ttl, |span| span.0),
        policies: file.policies.clone(),
        quotas: file.quotas,
        socket: file.socket,
        ..usual
    }
}

/// Servers and secret belong together.
fn turn(options: &Options, file: &File) -> Result<Option<Turn>, StandaloneError> {
    let servers = first([options.turn_server.clone(), file.turn.servers.clone(), Vec::new()]);
    let secret = options.turn_secret.clone().or_else(|| file.turn.secret.clone());
    let refuse = |why: &str| Err(StandaloneError::Setting(why.to_owned()));
    match (servers.is_empty(), secret) {
        (true, None) => Ok(None),
        (true, Some(_)) => refuse("a TURN secret is given, and no server: --turn-server HOST:PORT"),
        (false, None) => refuse("a TURN server is given, and no secret: --turn-secret SECRET"),
        (false, Some(secret)) => {
            let uris = servers.iter().flat_map(|server| Turn::uris(server)).collect();
            Ok(Some(Turn { uris, secret }))
        }
    }
}

/// A key that a client could not use is a mistake in the file.
fn check_key(key: &KeyEntry) -> Result<(), StandaloneError> {
    let refuse = |why: &str| Err(StandaloneError::Setting(why.to_owned()));
    match (&key.access_key_id, &key.secret_access_key) {
        (Some(_), None) => return refuse("a [[key]] with access_key_id needs secret_access_key"),
        (None, Some(_)) => return refuse("a [[key]] with secret_access_key needs access_key_id"),
        (Some(id), Some(_)) if !is_access_key_id(id) => {
            return refuse("a [[key]]'s access_key_id is 16 to 128 letters, digits and _");
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    if key.session_token.is_some() && key.access_key_id.is_none() {
        return refuse("a [[key]] with session_token needs access_key_id and secret_access_key");
    }
    Ok(())
}

/// 16 to 128 of `\w`, as AWS's AccessKeyIdType.
fn is_access_key_id(id: &str) -> bool {
    let fits = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    (16..=128).contains(&id.len()) && id.bytes().all(fits)
}

/// The first list with something in it.
fn first<T>(lists: [Vec<T>; 3]) -> Vec<T> {
    lists.into_iter().find(|list| !list.is_empty()).unwrap_or_default()
}
