//! What a session does, one file per behaviour: the file's name is the claim.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks at the variants it is about")]

mod first_connect_walks_the_chain;
mod support;
