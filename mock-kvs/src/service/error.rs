//! The exceptions of the service models, and those that come before the service: their names,
//! HTTP codes and the casing of the body's key (spec §1.1.1, §1.3, §1.4).

/// An AWS error type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorType {
    /// Model, 401 on the control plane.
    AccessDenied,
    /// Model.
    ClientLimitExceeded,
    /// AWS's common errors: temporary credentials are over.
    ExpiredToken,
    /// AWS's common errors: a part of the signature is missing.
    IncompleteSignature,
    /// Model.
    InvalidArgument,
    /// AWS's common errors: the signature is wrong, too old or too new.
    InvalidSignature,
    /// Model: the stream keeps nothing.
    NoDataRetention,
    /// AWS's common errors: not signed at all.
    MissingAuthenticationToken,
    /// Model.
    ResourceInUse,
    /// Model.
    ResourceNotFound,
    /// AWS's common errors: the body is no JSON.
    Serialization,
    /// Model.
    TagsPerResourceExceededLimit,
    /// AWS's common errors: no such path or method.
    UnknownOperation,
    /// AWS's common errors: no such access key, or the token is not its.
    UnrecognizedClient,
    /// Model.
    VersionMismatch,
}

impl ErrorType {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::AccessDenied,
        Self::ClientLimitExceeded,
        Self::ExpiredToken,
        Self::IncompleteSignature,
        Self::InvalidArgument,
        Self::InvalidSignature,
        Self::NoDataRetention,
        Self::MissingAuthenticationToken,
        Self::ResourceInUse,
        Self::ResourceNotFound,
        Self::Serialization,
        Self::TagsPerResourceExceededLimit,
        Self::UnknownOperation,
        Self::UnrecognizedClient,
        Self::VersionMismatch,
    ];

    /// The value of `x-amzn-ErrorType`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::ClientLimitExceeded => "ClientLimitExceededException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::IncompleteSignature => "IncompleteSignatureException",
            Self::InvalidArgument => "InvalidArgumentException",
            Self::InvalidSignature => "InvalidSignatureException",
            Self::NoDataRetention => "NoDataRetentionException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::ResourceInUse => "ResourceInUseException",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::Serialization => "SerializationException",
            Self::TagsPerResourceExceededLimit => "TagsPerResourceExceededLimitException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::UnrecognizedClient => "UnrecognizedClientException",
            Self::VersionMismatch => "VersionMismatchException",
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::ClientLimitExceeded
            | Self::InvalidArgument
            | Self::NoDataRetention
            | Self::ResourceInUse
            | Self::Serialization
            | Self::TagsPerResourceExceededLimit
            | Self::VersionMismatch => 400,
            Self::AccessDenied => 401,
            Self::ExpiredToken
            | Self::IncompleteSignature
            | Self::InvalidSignature
            | Self::MissingAuthenticationToken
            | Self::UnrecognizedClient => 403,
            Self::ResourceNotFound | Self::UnknownOperation => 404,
        }
    }

    /// `Message` for the models' errors, `message` for those of the layer before the service.
    pub const fn message_key(self) -> &'static str {
        match self {
            Self::AccessDenied
            | Self::ClientLimitExceeded
            | Self::InvalidArgument
            | Self::NoDataRetention
            | Self::ResourceInUse
            | Self::ResourceNotFound
            | Self::Serialization
            | Self::TagsPerResourceExceededLimit
            | Self::VersionMismatch => "Message",
            Self::ExpiredToken
            | Self::IncompleteSignature
            | Self::InvalidSignature
            | Self::MissingAuthenticationToken
            | Self::UnknownOperation
            | Self::UnrecognizedClient => "message",
        }
    }
}

/// What a client is answered instead of a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", kind.name())]
pub struct ServiceError {
    /// The type.
    pub kind: ErrorType,
    /// The text.
    pub message: String,
}

impl ServiceError {
    /// An error of a type with its text.
    pub fn new(kind: ErrorType, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The only text seen from the real service (AWS's own test server uses the same words).
    pub fn channel_not_found() -> Self {
        Self::new(ErrorType::ResourceNotFound, "The requested channel is not found or not active.")
    }

    /// A quota is used up.
    pub fn rate_exceeded() -> Self {
        Self::new(ErrorType::ClientLimitExceeded, "Rate exceeded")
    }
}
