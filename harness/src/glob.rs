//! Texts by pattern.

/// Whether `text` fits `pattern`, in which `*` stands for any characters and `?` for one. Goes back only to the last `*`:
/// linear for one, quadratic at worst.
pub fn fits(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut of) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while of < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of));
                at += 1;
            }
            Some(&one) if one == '?' || one == text[of] => {
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
    use super::fits;

    #[test]
    fn patterns_fit_what_a_shell_would_say() {
        assert!(fits("usb-Espressif*", "usb-Espressif_USB_JTAG-if00"));
        assert!(fits("*a*b", "xxabab") && fits("*", "") && fits("tty?CM*", "ttyACM0"));
        assert!(!fits("*a*b", "xxaba") && !fits("?", "") && !fits("tty", "ttyS0"));
    }
}
