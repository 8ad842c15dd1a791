//! Codes in words. The tables follow the public code lists; the wording is ours.

use super::{Outcome, Status};

/// The code lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// TA105.
    Interchange,
    /// AK905.
    Group,
    /// AK502, IK502.
    Set,
    /// AK304, IK304.
    Segment,
    /// AK403, IK403.
    Element,
    /// EDIFACT 0085.
    Syntax,
    /// X12 668 (ACK01) and EDIFACT 1229: the seller's answer to a line.
    Line,
}

/// The meaning of a code; a code in no table is named as such, never dropped.
#[must_use]
pub fn explain(table: Table, code: &str) -> String {
    let list: &[(&str, &str)] = match table {
        Table::Interchange => INTERCHANGE,
        Table::Group => GROUP,
        Table::Set => SET,
        Table::Segment => SEGMENT,
        Table::Element => ELEMENT,
        Table::Syntax => SYNTAX,
        Table::Line => LINE,
    };
    match list.iter().find(|(known, _)| *known == code) {
        Some((_, words)) => (*words).to_owned(),
        None if code.is_empty() => "no code given".to_owned(),
        None => format!("code {} is in no list", crate::problem::shown(code)),
    }
}

/// AK501, AK901 and TA104.
pub(super) fn status(code: &str) -> Status {
    let (outcome, words) = match code {
        "A" => (Outcome::Accepted, "accepted"),
        "E" => (
            Outcome::AcceptedWithErrors,
            "accepted, but errors were noted",
        ),
        "M" => (Outcome::Rejected, "rejected: message authentication failed"),
        "P" => (
            Outcome::Partial,
            "partly accepted: at least one set was rejected",
        ),
        "R" => (Outcome::Rejected, "rejected"),
        "W" => (
            Outcome::Rejected,
            "rejected: the assurance failed its validity test",
        ),
        "X" => (
            Outcome::Rejected,
            "rejected: the content could not be examined after decryption",
        ),
        _ => (Outcome::Unknown, "this code is in no list"),
    };
    Status {
        code: code.to_owned(),
        outcome,
        words: words.to_owned(),
    }
}

/// EDIFACT 0083.
pub(super) fn action(code: &str) -> Status {
    let (outcome, words) = match code {
        "1" => (Outcome::Accepted, "acknowledged with all levels below"),
        "2" => (
            Outcome::AcceptedWithErrors,
            "acknowledged with errors in the next level",
        ),
        "4" => (Outcome::Rejected, "rejected with all levels below"),
        "5" => (Outcome::Accepted, "header and trailer acknowledged"),
        "6" => (Outcome::Rejected, "header and trailer rejected"),
        "7" => (
            Outcome::Accepted,
            "acknowledged; so is each part below that is not rejected",
        ),
        "8" => (Outcome::Received, "the interchange was received"),
        _ => (Outcome::Unknown, "this code is in no list"),
    };
    Status {
        code: code.to_owned(),
        outcome,
        words: words.to_owned(),
    }
}

/// Whether a line answer says that nothing of the line will come.
pub(crate) fn line_is_refused(code: &str) -> bool {
    let rejected = code
        .strip_prefix('R')
        .is_some_and(|n| n.parse::<u8>().is_ok());
    rejected || matches!(code, "IR" | "ID" | "IH" | "IF" | "IW" | "2" | "7")
}

/// Whether a line answer promises a later delivery only.
pub(crate) fn line_is_backordered(code: &str) -> bool {
    code == "IB"
}

const INTERCHANGE: &[(&str, &str)] = &[
    ("000", "no error"),
    (
        "001",
        "the control numbers of interchange header and trailer differ",
    ),
    (
        "002",
        "the control standard named in the header is not supported",
    ),
    ("003", "this version of the envelope is not supported"),
    ("004", "the segment terminator is invalid"),
    ("005", "the qualifier of the sender is invalid"),
    ("006", "the sender identifier is invalid"),
    ("007", "the qualifier of the receiver is invalid"),
    ("008", "the receiver identifier is invalid"),
    ("009", "the receiver is not known here"),
    ("010", "the authorization qualifier is invalid"),
    ("011", "the authorization value is invalid"),
    ("012", "the security qualifier is invalid"),
    ("013", "the security value is invalid"),
    ("014", "the interchange date is invalid"),
    ("015", "the interchange time is invalid"),
    ("016", "the standards identifier is invalid"),
    ("017", "the version identifier is invalid"),
    ("018", "the interchange control number is invalid"),
    (
        "019",
        "the value that asks for an acknowledgement is invalid",
    ),
    ("020", "the test indicator is invalid"),
    ("021", "the number of groups is invalid"),
    ("022", "the control structure is invalid"),
    ("023", "the file ends too early"),
    ("024", "the content of the interchange is invalid"),
    ("025", "this interchange control number was used before"),
    ("026", "the element separator is invalid"),
    ("027", "the component separator is invalid"),
    ("028", "the requested delivery date is invalid"),
    ("029", "the requested delivery time is invalid"),
    ("030", "the requested delivery time code is invalid"),
    ("031", "the requested grade of service is invalid"),
];

const GROUP: &[(&str, &str)] = &[
    ("1", "this functional group is not supported"),
    ("2", "this version of the group is not supported"),
    ("3", "the group trailer is missing"),
    (
        "4",
        "the control numbers of group header and trailer differ",
    ),
    (
        "5",
        "the stated number of sets differs from the sets received",
    ),
    ("6", "the group control number breaks the rules of syntax"),
    ("10", "the authentication key is unknown"),
    ("11", "the encryption key is unknown"),
    ("12", "the requested security service is not available"),
    ("13", "the security recipient is unknown"),
    ("14", "the security originator is unknown"),
    ("15", "the decrypted text has a syntax error"),
    ("16", "security is not supported"),
    ("17", "the length of the encrypted message is wrong"),
    ("18", "message authentication failed"),
    (
        "19",
        "this group control number was used before in the interchange",
    ),
    ("23", "the end of group security is missing"),
    ("24", "the start of group security is missing"),
    ("25", "the end of assurance is missing"),
    ("26", "the start of assurance is missing"),
];

const SET: &[(&str, &str)] = &[
    ("1", "this transaction set is not supported"),
    ("2", "the set trailer is missing"),
    ("3", "the control numbers of set header and trailer differ"),
    (
        "4",
        "the stated number of segments differs from the segments received",
    ),
    ("5", "one or more segments are in error"),
    ("6", "the set identifier is missing or invalid"),
    ("7", "the set control number is missing or invalid"),
    ("8", "the authentication key is unknown"),
    ("9", "the encryption key is unknown"),
    ("10", "the requested security service is not available"),
    ("11", "the security recipient is unknown"),
    ("12", "the length of the encrypted message is wrong"),
    ("13", "message authentication failed"),
    ("15", "the security originator is unknown"),
    ("16", "the decrypted text has a syntax error"),
    ("17", "security is not supported"),
    ("18", "this set does not belong in this functional group"),
    (
        "19",
        "the implementation convention named in the header is invalid",
    ),
    ("23", "this set control number was used before in the group"),
    ("24", "the end of set security is missing"),
    ("25", "the start of set security is missing"),
    ("26", "the end of assurance is missing"),
    ("27", "the start of assurance is missing"),
    ("I5", "one or more segments break the implementation guide"),
    ("I6", "the implementation convention is not supported"),
];

const SEGMENT: &[(&str, &str)] = &[
    ("1", "this segment identifier is not known"),
    ("2", "this segment is not expected here"),
    ("3", "a mandatory segment is missing"),
    ("4", "the loop occurs more often than allowed"),
    ("5", "the segment occurs more often than allowed"),
    ("6", "this segment is not part of the transaction set"),
    ("7", "the segment is not in its place"),
    ("8", "the segment has element errors"),
    ("I4", "the guide does not use this segment"),
    ("I6", "a segment that others require is missing"),
    ("I7", "the loop occurs less often than the guide requires"),
    (
        "I8",
        "the segment occurs less often than the guide requires",
    ),
    (
        "I9",
        "the guide does not allow this segment together with others",
    ),
];

const ELEMENT: &[(&str, &str)] = &[
    ("1", "a mandatory element is missing"),
    ("2", "an element that others require is missing"),
    ("3", "too many elements"),
    ("4", "the element is too short"),
    ("5", "the element is too long"),
    ("6", "the element has an invalid character"),
    ("7", "the code value is not valid"),
    ("8", "the date is invalid"),
    ("9", "the time is invalid"),
    ("10", "elements that exclude each other are present"),
    ("11", "too many repetitions"),
    ("12", "too many components"),
    ("I6", "the guide does not use this code value"),
    ("I9", "an element that the guide requires here is missing"),
    ("I10", "the guide does not use this element"),
    ("I11", "fewer repetitions than the guide requires"),
    ("I12", "the value does not match the pattern of the guide"),
    (
        "I13",
        "the guide does not allow this element together with others",
    ),
];

const SYNTAX: &[(&str, &str)] = &[
    ("2", "the syntax version or level is not supported"),
    ("7", "the named recipient is not the one who received it"),
    ("12", "the value is invalid"),
    ("13", "something mandatory is missing"),
    ("14", "the value is not supported in this place"),
    ("15", "this is not supported in this place"),
    ("16", "too many components or elements"),
    ("17", "no agreement allows this"),
    ("18", "an error that is not specified"),
    ("19", "the decimal mark is invalid"),
    ("20", "a character is not valid as a service character"),
    ("21", "a character is not valid"),
    ("22", "a service character is not valid"),
    ("23", "the sender is unknown"),
    ("24", "the message is too old"),
    ("25", "tests are not supported"),
    ("26", "this was received before"),
    ("27", "the security function is not supported"),
    ("28", "the references of header and trailer differ"),
    ("29", "the stated count differs from what was received"),
    ("30", "groups and single messages are mixed"),
    ("31", "the group holds more than one message type"),
    ("32", "nothing stands inside"),
    ("33", "something stands outside a message or group"),
    ("34", "nesting is not allowed here"),
    ("35", "too many repetitions of an element or segment"),
    ("36", "too many repetitions of a segment group"),
    ("37", "the type of character is invalid"),
    ("38", "no digit stands before the decimal mark"),
    ("39", "the element is too long"),
    ("40", "the element is too short"),
    ("41", "the network reports a permanent error"),
    ("42", "the network reports a temporary error"),
    ("43", "the recipient is unknown"),
    ("45", "a separator stands at the end"),
    ("46", "the character set is not supported"),
    ("47", "this use of the envelope is not supported"),
    ("48", "a dependency between elements is broken"),
];

const LINE: &[(&str, &str)] = &[
    ("AC", "accepted and shipped"),
    ("AR", "accepted and released for shipment"),
    ("BP", "part shipped, the rest will follow"),
    ("DR", "accepted with another date"),
    ("IA", "accepted"),
    ("IB", "will be delivered later"),
    ("IC", "accepted with changes"),
    ("ID", "deleted"),
    ("IE", "accepted, the price is open"),
    ("IF", "on hold: the description is incomplete"),
    ("IH", "on hold"),
    ("IP", "accepted with another price"),
    ("IQ", "accepted with another quantity"),
    ("IR", "rejected"),
    ("IS", "accepted with a substitute"),
    ("IW", "on hold: a waiver is required"),
    ("R1", "rejected: not an item of the contract"),
    ("R2", "rejected: the product number is invalid"),
    ("R3", "rejected: the unit of issue is invalid"),
    ("R4", "rejected: the contract item is not available"),
    ("SP", "accepted, the date is open"),
    ("1", "added"),
    ("2", "deleted"),
    ("3", "changed"),
    ("4", "no action"),
    ("5", "accepted without change"),
    ("6", "accepted with change"),
    ("7", "not accepted"),
];
