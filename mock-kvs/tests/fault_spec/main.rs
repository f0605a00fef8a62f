//! Faults as they are written: units, fields, and messages that put it right.

mod fields;
mod units;
