//! A stand-in for Amazon Kinesis Video Streams WebRTC signaling, with faults.

pub mod fault;
