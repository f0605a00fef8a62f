//! Problems as people read them.

use std::io::{self, IsTerminal, Write};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, NarratableReportHandler};

/// Shows one diagnostic on stderr: with the line and colours on a terminal, without colours
/// elsewhere.
///
/// # Errors
/// When stderr cannot be written.
pub fn diagnose(problem: &dyn Diagnostic) -> io::Result<()> {
    let mut text = String::new();
    let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let theme = if colours { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let drawn = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(100)
        .render_report(&mut text, problem);
    if drawn.is_err() {
        text.clear();
        NarratableReportHandler::new()
            .render_report(&mut text, problem)
            .map_err(|_| io::Error::other("the problem cannot be shown"))?;
    }
    writeln!(io::stderr(), "{}", text.trim_end())
}
