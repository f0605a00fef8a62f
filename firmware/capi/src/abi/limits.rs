//! Sizes of the SDK's fields and texts, in bytes without the final NUL (spec §4.6).

/// Channel name.
pub const CHANNEL_NAME: usize = 256;
/// Client id.
pub const CLIENT_ID: usize = 256;
/// Correlation id.
pub const CORRELATION_ID: usize = 256;
/// Error type of a received message.
pub const ERROR_TYPE: usize = 256;
/// Description of a received message.
pub const DESCRIPTION: usize = 1_024;
/// Payload of a message, and its base64 form.
pub const MESSAGE: usize = 18_750;
/// ARNs.
pub const ARN: usize = 2_048;
/// Region.
pub const REGION: usize = 128;
/// Paths.
pub const PATH: usize = 4_096;
/// Control-plane URL.
pub const URI: usize = 10_000;
/// KMS key.
pub const KMS_KEY: usize = 2_048;
/// User agent's parts.
pub const USER_AGENT_POSTFIX: usize = 32;
/// Custom user agent.
pub const USER_AGENT_CUSTOM: usize = 128;
/// ICE servers of a list.
pub const ICE_CONFIGS: usize = 5;
/// URIs of an ICE server.
pub const ICE_URIS: usize = 4;
/// One ICE URI: the model allows 256, the SDK's field holds this.
pub const ICE_URI: usize = 127;
/// TURN user name.
pub const ICE_USER_NAME: usize = 256;
/// TURN password.
pub const ICE_PASSWORD: usize = 256;
/// Tags.
pub const TAGS: u32 = 50;
/// Tag name.
pub const TAG_NAME: usize = 128;
/// Tag value; AWS takes 256.
pub const TAG_VALUE: usize = 1_024;
/// Access key id.
pub const ACCESS_KEY: usize = 128;
/// Secret key.
pub const SECRET_KEY: usize = 128;
/// Session token.
pub const SESSION_TOKEN: usize = 2_048;
/// Role alias.
pub const ROLE_ALIAS: usize = 128;
/// Name of a thing.
pub const THING_NAME: usize = 128;
