//! Quantities and prices as exact decimals.

use rust_decimal::Decimal;

/// Reads a number as both standards write it: an optional sign, digits and at
/// most one decimal mark, point or comma. `None` for anything else, and for
/// numbers that cannot be held exactly.
#[must_use]
pub fn parse_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let marks = digits.chars().filter(|c| matches!(c, '.' | ',')).count();
    let plain = digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    if !plain || marks > 1 || digits.len() == marks || digits.len() > 40 {
        return None;
    }
    let body = digits.replace(',', ".");
    let body = if body.starts_with('.') {
        format!("0{body}")
    } else {
        body
    };
    let value = Decimal::from_str_exact(body.trim_end_matches('.')).ok()?;
    Some(if text.starts_with('-') { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_and_comma_are_decimal_marks() {
        let half = Some(Decimal::new(25, 1));
        assert_eq!(parse_decimal("2.5"), half);
        assert_eq!(parse_decimal("2,5"), half);
        assert_eq!(parse_decimal(" +02.50 "), half);
        assert_eq!(parse_decimal("-.5"), Some(Decimal::new(-5, 1)));
        assert_eq!(parse_decimal("7."), Some(Decimal::from(7)));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "", "-", ".", "1020A", "$1.179", "1,000.00", "1e9", "１", "1_0", "--1",
        ] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_that_would_be_rounded_are_none() {
        assert_eq!(parse_decimal(&"9".repeat(35)), None);
        assert_eq!(parse_decimal(&format!("0.{}1", "0".repeat(33))), None);
    }
}
