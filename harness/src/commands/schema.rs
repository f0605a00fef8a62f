//! `scenario schema`

use std::io::{self, Write};

use crate::cli::{SchemaArgs, SchemaOf};
use crate::scenario::schema::scenario_schema;
use crate::verdict::{EXIT_PASS, Results};

/// Prints a JSON Schema.
pub fn schema(args: &SchemaArgs) -> io::Result<u8> {
    let text = match args.of {
        SchemaOf::Scenario => scenario_schema(),
        SchemaOf::Results => Results::json_schema(),
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(EXIT_PASS)
}
