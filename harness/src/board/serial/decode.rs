//! Addresses in a panic, as functions and lines of the program.
