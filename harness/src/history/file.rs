//! `history.jsonl`: a header line, then one record a line.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use super::{History, Record};

/// Version of the file this program writes and reads.
///
/// The rule: a reader takes files of its own version only. Fields may be added without a new
/// version, and a reader ignores those it does not know; whatever changes the meaning of what is
/// there raises the version.
pub const VERSION: u32 = 1;

const SCHEMA: &str = "kvs-scenario-history";

/// The first line: what this is a history of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Scenario id.
    #[serde(default)]
    pub scenario: String,
    /// Board it ran on.
    #[serde(default)]
    pub board: String,
    /// Variant, `name=value` joined with `,`; empty without `vary`.
    #[serde(default)]
    pub variant: String,
    /// Base seed, as `--seed` takes it.
    #[serde(default)]
    pub seed: u64,
    /// Repeat, from 1.
    #[serde(default)]
    pub repeat: u32,
    /// The service's wall clock at `t_us` 0, Unix milliseconds.
    #[serde(default)]
    pub wall_start_unix_ms: u64,
}

/// Why a history file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file system.
    #[error("cannot read the history: {0}")]
    Io(#[from] io::Error),
    /// The first line is not a header.
    #[error("not a history: line 1 must be a header with `\"schema\":\"{SCHEMA}\"`")]
    NotAHistory,
    /// Written by another version of this program.
    #[error(
        "the history has version {found}, this program reads version {VERSION}: \
         use the `scenario` that wrote it, or record it again"
    )]
    Version {
        /// The file's version.
        found: u32,
    },
    /// A record that cannot be read.
    #[error("line {line} of the history: {source}")]
    Line {
        /// Line in the file, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

#[derive(Serialize, Deserialize)]
struct HeaderLine {
    schema: String,
    version: u32,
    #[serde(flatten)]
    header: Header,
}

/// Writes records as they come; for evidence that must survive a crash of the harness.
pub struct Writer<W: Write> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Writes the header. `out` should be buffered.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(mut out: W, header: &Header) -> io::Result<Self> {
        let header = header.clone();
        let line = HeaderLine { schema: SCHEMA.to_owned(), version: VERSION, header };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
        Ok(Self { out, line: Vec::with_capacity(512) })
    }

    /// Writes one record.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn record(&mut self, record: &Record) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, record)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }

    /// Flushes and gives the output back.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

impl History {
    /// Writes the whole file. The same history gives the same bytes.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, header: &Header, out: impl Write) -> io::Result<()> {
        let mut writer = Writer::new(out, header)?;
        for record in self.records() {
            writer.record(record)?;
        }
        writer.finish().map(drop)
    }

    /// Reads a whole file.
    ///
    /// # Errors
    /// When it is not a history of this [`VERSION`], or damaged; the message names the line.
    pub fn read(mut input: impl BufRead) -> Result<(Header, Self), HistoryError> {
        let mut line = String::new();
        input.read_line(&mut line)?;
        let header = read_header(&line)?;
        let mut records = Vec::new();
        for number in 2.. {
            line.clear();
            if input.read_line(&mut line)? == 0 {
                break;
            }
            if line.trim().is_empty() {
                continue;
            }
            let record = serde_json::from_str(&line)
                .map_err(|source| HistoryError::Line { line: number, source })?;
            records.push(record);
        }
        Ok((header, records.into_iter().collect()))
    }
}

fn read_header(line: &str) -> Result<Header, HistoryError> {
    #[derive(Deserialize)]
    struct Kind {
        schema: String,
        version: u32,
    }
    // The version is judged before the rest: a later version may have changed all of it.
    let kind: Kind = serde_json::from_str(line).map_err(|_| HistoryError::NotAHistory)?;
    if kind.schema != SCHEMA {
        return Err(HistoryError::NotAHistory);
    }
    if kind.version != VERSION {
        return Err(HistoryError::Version { found: kind.version });
    }
    let line: HeaderLine =
        serde_json::from_str(line).map_err(|source| HistoryError::Line { line: 1, source })?;
    Ok(line.header)
}
