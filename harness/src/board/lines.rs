//! A device's output, cut into lines; total over any bytes.

/// Longest line kept; what is over is dropped up to the next `\n`. Twice what the protocol allows,
/// so that a log line with a stack trace in it stays readable.
const LINE_KEPT: usize = 1_024;

/// Collects bytes and gives whole lines.
#[derive(Default)]
pub struct Lines {
    partial: Vec<u8>,
    cut: bool,
}

impl Lines {
    /// Takes `bytes` and calls `line` for every line that ends in them.
    pub fn feed(&mut self, bytes: &[u8], mut line: impl FnMut(String)) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let (head, tail) = rest.split_at(end);
            self.keep(head);
            line(self.take());
            rest = tail.get(1..).unwrap_or_default();
        }
        self.keep(rest);
    }

    /// What stands without a line end when the output is over.
    pub fn rest(&mut self) -> Option<String> {
        (!self.partial.is_empty()).then(|| self.take())
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LINE_KEPT - self.partial.len();
        let fits = bytes.get(..room).unwrap_or(bytes);
        self.cut |= fits.len() < bytes.len();
        self.partial.extend_from_slice(fits);
    }

    fn take(&mut self) -> String {
        let mut text = String::from_utf8_lossy(&self.partial).trim_end_matches('\r').to_owned();
        if self.cut {
            text.push('…');
        }
        self.partial.clear();
        self.cut = false;
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut reader = Lines::default();
        let mut out = Vec::new();
        for chunk in chunks {
            reader.feed(chunk, |line| out.push(line));
        }
        out.extend(reader.rest());
        out
    }

    #[test]
    fn any_split_gives_the_same_lines() {
        let text = b"@kvs 0 1 hello\r\nboot \xff\n\nlast";
        let whole = lines(&[text]);
        assert_eq!(whole, ["@kvs 0 1 hello", "boot \u{fffd}", "", "last"]);
        for at in 0..text.len() {
            let (head, tail) = text.split_at(at);
            assert_eq!(lines(&[head, tail]), whole, "split at {at}");
        }
    }

    #[test]
    fn a_line_without_end_is_bounded() {
        let mut reader = Lines::default();
        for _ in 0..1_000 {
            reader.feed(&[b'x'; 1_000], |line| panic!("no line was ended: {line}"));
        }
        let kept = reader.rest().expect("a partial line");
        assert_eq!(kept.chars().count(), super::LINE_KEPT + 1);
        assert!(kept.ends_with('…'));
    }
}
