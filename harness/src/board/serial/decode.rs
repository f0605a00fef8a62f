//! Addresses in a panic, as functions and lines of the program.
//!
//! A panic prints where it was as numbers: RISC-V `MEPC : 0x42001234`, esp-backtrace one address a line, Xtensa
//! `Backtrace: 0x400d1234:0x3ffb1f20 …`. Each number that lies in the program's code is looked up; nothing else is.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use addr2line::gimli::{Dwarf, EndianArcSlice, RunTimeEndian, SectionId};
use addr2line::{Context, Frame};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SectionKind, SymbolKind};

use super::FlashError;

type Slice = EndianArcSlice<RunTimeEndian>;

/// A program's debug information, kept in memory: a build may replace the file meanwhile.
pub struct Decoder {
    lines: Context<Slice>,
    code: Vec<Range<u64>>,
    /// Where a function begins, how long it is, its name; sorted.
    functions: Vec<(u64, u64, String)>,
}

impl Decoder {
    /// Of the ELF at `path`.
    ///
    /// # Errors
    /// When it is none. One without debug information decodes to names alone.
    pub fn of(path: &Path) -> Result<Self, FlashError> {
        let bad = |why: String| FlashError::BadImage { path: path.to_owned(), why };
        let bytes = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
        Self::parse(&bytes).map_err(bad)
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let file = object::File::parse(bytes).map_err(|error| format!("not an ELF: {error}"))?;
        let endian =
            if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let section = |id: SectionId| -> Result<Slice, addr2line::gimli::Error> {
            let section = file.section_by_name(id.name());
            let data = section.and_then(|section| section.uncompressed_data().ok());
            Ok(EndianArcSlice::new(Arc::from(&*data.unwrap_or(Cow::Borrowed(&[]))), endian))
        };
        let damaged = |error| format!("its debug information is damaged: {error}");
        let lines = Context::from_dwarf(Dwarf::load(section).map_err(damaged)?).map_err(damaged)?;
        let code = file.sections().filter(|section| section.kind() == SectionKind::Text);
        let code =
            code.map(|section| section.address()..section.address() + section.size()).collect();
        let symbols = file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text);
        let named = symbols.filter_map(|symbol| {
            let name = addr2line::demangle_auto(Cow::Borrowed(symbol.name().ok()?), None);
            Some((symbol.address(), symbol.size(), name.into_owned()))
        });
        let mut functions: Vec<_> = named.collect();
        functions.sort();
        Ok(Self { lines, code, functions })
    }

    /// What to show below `line`: a line for each address of code in it, and for each function that was inlined there.
    #[must_use]
    pub fn notes(&self, line: &str) -> Vec<String> {
        let addresses = addresses(line).filter(|at| self.code.iter().any(|code| code.contains(at)));
        addresses.flat_map(|at| self.describe(at)).collect()
    }

    fn describe(&self, at: u64) -> Vec<String> {
        let mut notes = Vec::new();
        // Debug information that is damaged here leaves the name.
        if let Ok(mut frames) = self.lines.find_frames(at).skip_all_loads() {
            while let Ok(Some(frame)) = frames.next() {
                let before =
                    if notes.is_empty() { format!("{at:#010x}") } else { " ".repeat(8) + "in" };
                let named = self.name(at, &frame, notes.is_empty());
                notes.push(format!("{before} {named}{}", place(&frame)));
            }
        }
        if notes.is_empty()
            && let Some(name) = self.function(at)
        {
            notes.push(format!("{at:#010x} {name}"));
        }
        notes
    }

    fn name(&self, at: u64, frame: &Frame<'_, Slice>, innermost: bool) -> String {
        let function = frame.function.as_ref();
        let named = function.and_then(|function| function.demangle().ok().map(Cow::into_owned));
        // The symbol is the outermost function's; it fits the innermost only where nothing was inlined.
        named.or_else(|| self.function(at).filter(|_| innermost)).unwrap_or_else(|| "?".into())
    }

    fn function(&self, at: u64) -> Option<String> {
        let after = self.functions.partition_point(|(start, ..)| *start <= at);
        let (start, size, name) = self.functions.get(after.checked_sub(1)?)?;
        // Assembly's labels have no size: they reach to the next.
        (*size == 0 || at < start + size).then(|| name.clone())
    }
}

/// Notes on a run's console lines. The program is read when a line first needs it: most runs have no panic.
pub(super) struct Explainer {
    program: Option<PathBuf>,
    decoder: OnceCell<Option<Decoder>>,
}

impl Explainer {
    /// Of the ELF that was flashed, if it is known which.
    pub(super) fn new(program: Option<PathBuf>) -> Self {
        Self { program, decoder: OnceCell::new() }
    }

    /// As [`Decoder::notes`]; none on lines of the trace, or where the program is no ELF.
    pub(super) fn notes(&self, line: &str) -> Vec<String> {
        if line.starts_with("@kvs ") || addresses(line).next().is_none() {
            return Vec::new();
        }
        let read = || self.program.as_deref().and_then(|path| Decoder::of(path).ok());
        let decoder = self.decoder.get_or_init(read).as_ref();
        decoder.map(|decoder| decoder.notes(line)).unwrap_or_default()
    }
}

/// ` at src/main.rs:12`.
fn place(frame: &Frame<'_, Slice>) -> String {
    let mut text = String::new();
    if let Some(file) = frame.location.as_ref().and_then(|location| location.file) {
        text = format!(" at {file}");
        if let Some(line) = frame.location.as_ref().and_then(|location| location.line) {
            // Memory takes everything.
            let _ = write!(text, ":{line}");
        }
    }
    text
}

/// Each `0x` and eight hex digits that stand for themselves.
fn addresses(line: &str) -> impl Iterator<Item = u64> {
    line.match_indices("0x").filter_map(|(at, _)| {
        let digits = line.get(at + 2..at + 10)?;
        let ends = !line[at + 10..].starts_with(|after: char| after.is_ascii_alphanumeric());
        let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        (ends && hex).then(|| u64::from_str_radix(digits, 16).ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use object::{Object as _, ObjectSymbol as _};

    use super::{Decoder, Explainer, addresses};

    #[test]
    fn addresses_are_found_as_panics_print_them() {
        let cases: [(&str, &[u64]); 5] = [
            ("MEPC    : 0x42001234  RA      : 0x4200abcd", &[0x4200_1234, 0x4200_abcd]),
            (
                "Backtrace: 0x400d1234:0x3ffb1f20 0x400d5678:0x3ffb1f40",
                &[0x400d_1234, 0x3ffb_1f20, 0x400d_5678, 0x3ffb_1f40],
            ),
            ("0x42001234", &[0x4200_1234]),
            ("0x4200123 0x420012345 0x 0xzzzzzzzz", &[]),
            ("temperature 21 °C 0x…", &[]),
        ];
        for (line, expected) in cases {
            assert_eq!(addresses(line).collect::<Vec<_>>(), expected, "{line}");
        }
    }

    #[test]
    fn an_address_of_code_is_a_function_and_a_line_and_no_other_number_is_anything() {
        // This very test is an ELF with line tables.
        let exe = std::env::current_exe().expect("this test");
        let bytes = std::fs::read(&exe).expect("read");
        let file = object::File::parse(&*bytes).expect("an object file");
        let found = file
            .symbols()
            .find(|symbol| symbol.name().is_ok_and(|n| n.contains("landmark_of_this_test")));
        let at = found.expect("its symbol").address();
        assert_eq!(landmark_of_this_test(20), 41);
        let decoder = Decoder::of(&exe).expect("decoded");
        let notes = decoder.notes(&format!("MEPC    : {at:#010x}  SP: 0xfffffff0"));
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(notes[0].starts_with(&format!("{at:#010x} ")), "{notes:?}");
        assert!(notes[0].contains("landmark_of_this_test"), "{notes:?}");
        assert!(notes[0].contains("decode.rs:"), "{notes:?}");
        assert!(decoder.notes("nothing here").is_empty());
        let explainer = Explainer::new(Some(exe));
        assert_eq!(explainer.notes(&format!("MEPC    : {at:#010x}")), notes);
        assert!(explainer.notes(&format!("@kvs 1 2 gauge at={at:#010x} *0000")).is_empty());
        assert!(Explainer::new(None).notes(&format!("{at:#010x}")).is_empty());
    }

    #[inline(never)]
    fn landmark_of_this_test(n: u32) -> u32 {
        std::hint::black_box(n) * 2 + 1
    }

    #[test]
    fn what_is_no_program_is_said_to_be_none() {
        let error = Decoder::of(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml").as_path());
        assert!(error.err().is_some_and(|error| error.to_string().contains("not an ELF")));
    }
}
