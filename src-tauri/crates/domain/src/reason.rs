//! Why a person did something, in words that others can read.

use crate::Refusal;

/// Longest reason, in characters.
pub const LONGEST: usize = 500;

/// Characters that are drawn as nothing and are no white space.
const INVISIBLE: [char; 6] = [
    '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}',
];

/// A reason as it is kept, without white space around it.
///
/// # Errors
/// `E_FIELD` naming `field`: nothing to read (in the words of `missing`), too long, or control characters in it.
pub fn read<'a>(text: &'a str, field: &str, missing: &str) -> Result<&'a str, Refusal> {
    read_up_to(LONGEST, text, field, missing)
}

/// The same for what may be longer: `longest` in characters.
///
/// # Errors
/// As [`read`].
pub fn read_up_to<'a>(
    longest: usize,
    text: &'a str,
    field: &str,
    missing: &str,
) -> Result<&'a str, Refusal> {
    let nothing = |c: char| c.is_whitespace() || INVISIBLE.contains(&c);
    let text = text.trim_matches(nothing);
    if text.is_empty() {
        return Err(Refusal::field(field, missing));
    }
    if text.chars().count() > longest {
        let words = format!("At most {longest} characters can be written here.");
        return Err(Refusal::field(field, words));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Refusal::field(
            field,
            "Control characters cannot be written here.",
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_can_be_read() {
        let read = |text: &str| read(text, "reason", "Say why.").map(str::to_owned);
        assert_eq!(read("  by phone\n").unwrap(), "by phone");
        for bad in ["", " ", "\u{200b}\u{feff}", "a\u{1b}[31m", "a\u{7}"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
        assert!(read(&"w".repeat(LONGEST)).is_ok());
        assert!(read(&"w".repeat(LONGEST + 1)).is_err());
    }
}
