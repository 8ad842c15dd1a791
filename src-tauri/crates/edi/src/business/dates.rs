//! Dates and times as ISO 8601 text. The files name no zone, so none is added.

/// Date and time of an envelope header: `YYMMDD` or `CCYYMMDD`, `HHMM` or longer.
pub(crate) fn moment(date: Option<&str>, time: Option<&str>) -> Option<String> {
    let date = day(date?)?;
    match time.and_then(clock) {
        Some(time) => Some(format!("{date}T{time}")),
        None => Some(date),
    }
}

/// `CCYYMMDD` or `YYMMDD` as `CCYY-MM-DD`.
pub(crate) fn day(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (century, rest) = match text.len() {
        8 => (text.get(..2)?, text.get(2..)?),
        6 => (if text < "700000" { "20" } else { "19" }, text),
        _ => return None,
    };
    let (year, month, day) = (rest.get(..2)?, rest.get(2..4)?, rest.get(4..6)?);
    let valid = ("01"..="12").contains(&month) && ("01"..="31").contains(&day);
    valid.then(|| format!("{century}{year}-{month}-{day}"))
}

/// `HHMM` and longer as `HH:MM`.
fn clock(text: &str) -> Option<String> {
    let text = text.trim();
    let (hours, minutes) = (text.get(..2)?, text.get(2..4)?);
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    (digits && hours <= "23" && minutes <= "59").then(|| format!("{hours}:{minutes}"))
}

/// A value of EDIFACT DTM with its format code; text in an unknown format stays as it is.
pub(crate) fn formatted(value: &str, format: Option<&str>) -> String {
    let read = match format {
        Some("102" | "101") | None => day(value),
        // Date and time in one text, perhaps with seconds or a zone behind.
        Some("203" | "204" | "303" | "304") => moment(value.get(..8), value.get(8..12)),
        Some("201" | "202") => moment(value.get(..6), value.get(6..10)),
        _ => None,
    };
    read.unwrap_or_else(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_both_lengths_become_iso() {
        assert_eq!(day("20261118").as_deref(), Some("2026-11-18"));
        assert_eq!(day("261118").as_deref(), Some("2026-11-18"));
        assert_eq!(day("991231").as_deref(), Some("1999-12-31"));
        assert_eq!(day("20261318"), None);
        assert_eq!(day("ddmmyy"), None);
        assert_eq!(
            moment(Some("261118"), Some("1030")).as_deref(),
            Some("2026-11-18T10:30")
        );
        assert_eq!(
            moment(Some("261118"), Some("9930")).as_deref(),
            Some("2026-11-18")
        );
    }

    #[test]
    fn unknown_formats_stay_as_written() {
        assert_eq!(formatted("20261118", Some("102")), "2026-11-18");
        assert_eq!(formatted("202611181030", Some("203")), "2026-11-18T10:30");
        assert_eq!(
            formatted("202610010700+00", Some("303")),
            "2026-10-01T07:00"
        );
        assert_eq!(formatted("5", Some("805")), "5");
        assert_eq!(formatted("é", Some("203")), "é");
    }
}
