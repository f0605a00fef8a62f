//! The exceptions of AWS's models, for faults that name one: the HTTP code each comes with, and the
//! key its text stands under (spec §1.1.1).

use super::spec::CallKind;
use crate::service::error::ErrorType;

/// The models' exceptions that the service itself never gives.
const OTHERS: [(&str, u16, &str); 5] = [
    ("AccountChannelLimitExceededException", 400, "Message"),
    ("InvalidClientException", 400, "message"),
    ("NotAuthorizedException", 401, "Message"),
    ("SessionExpiredException", 400, "message"),
    ("ThrottlingException", 429, "Message"),
];

/// The status that an exception comes with; 400 for those nobody knows.
pub(crate) fn status_of(error: &str) -> u16 {
    let own = ErrorType::ALL.into_iter().find(|kind| kind.name() == error);
    let other = || OTHERS.iter().find(|(name, ..)| *name == error).map(|(_, status, _)| *status);
    own.map(ErrorType::status).or_else(other).unwrap_or(400)
}

/// The key of an exception's text, in the answer to a call.
pub(crate) fn key_of(error: &str, call: Option<CallKind>) -> &'static str {
    if call == Some(CallKind::JoinStorage) {
        // All of the storage model's.
        return "message";
    }
    let own = ErrorType::ALL.into_iter().find(|kind| kind.name() == error);
    let other = || OTHERS.iter().find(|(name, ..)| *name == error).map(|(.., key)| *key);
    own.map(ErrorType::message_key).or_else(other).unwrap_or("Message")
}
