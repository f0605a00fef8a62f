//! Ports by pattern.

use std::io;
use std::path::{Path, PathBuf};

/// The paths that `pattern` means now, sorted. `*` and `?` may stand in the last part only; a
/// pattern without them means itself, if it is there.
///
/// # Errors
/// When the folder can be read, but not listed. A folder that is not there has nothing in it.
pub fn matches_of(pattern: &str) -> io::Result<Vec<PathBuf>> {
    let path = Path::new(pattern);
    if !pattern.contains(['*', '?']) {
        return Ok(if path.exists() { vec![path.to_owned()] } else { Vec::new() });
    }
    let (Some(folder), Some(last)) = (path.parent(), path.file_name()) else {
        return Ok(Vec::new());
    };
    let last: Vec<char> = last.to_string_lossy().chars().collect();
    let entries = match std::fs::read_dir(folder) {
        // udev makes /dev/serial with the first port, and takes it away with the last.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let name_chars: Vec<char> = name.to_string_lossy().chars().collect();
        if fits(&last, &name_chars) {
            found.push(folder.join(name));
        }
    }
    found.sort();
    Ok(found)
}

/// Whether `name` fits `pattern`. Goes back only to the last `*`: linear for one, quadratic at worst.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut of) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while of < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(&one) if one == '?' || one == name[of] => {
                at += 1;
                of += 1;
            }
            Some(_) | None => {
                let Some((star_at, taken)) = star else { return false };
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                of = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|&rest| rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_what_a_shell_would_say() {
        let fits = |pattern: &str, name: &str| {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            super::fits(&chars(pattern), &chars(name))
        };
        assert!(fits("usb-Espressif*", "usb-Espressif_USB_JTAG-if00"));
        assert!(fits("*a*b", "xxabab") && fits("*", "") && fits("tty?CM*", "ttyACM0"));
        assert!(!fits("*a*b", "xxaba") && !fits("?", "") && !fits("tty", "ttyS0"));
    }

    #[test]
    fn a_pattern_means_the_ports_that_are_there_now() {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["ttyB", "ttyA", "other"] {
            std::fs::write(dir.path().join(name), "").expect("a file");
        }
        let named = |pattern: &str| {
            let pattern = dir.path().join(pattern).display().to_string();
            matches_of(&pattern).expect("a folder")
        };
        assert_eq!(named("tty*"), [dir.path().join("ttyA"), dir.path().join("ttyB")]);
        assert_eq!(named("ttyA"), [dir.path().join("ttyA")]);
        assert!(named("ttyC").is_empty() && named("gone/tty*").is_empty());
    }
}
