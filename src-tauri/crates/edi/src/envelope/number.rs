//! The number people know a document by, for the list of what a file holds.

use crate::reading::Standard;
use crate::segment::Segment;

/// Tag and element that carry the number, by the beginning segment of X12 sets.
const X12_NUMBERS: [(&str, usize); 22] = [
    ("BEG", 3),
    ("BAK", 3),
    ("BCH", 3),
    ("BCA", 3),
    ("BSN", 2),
    ("BIG", 2),
    ("BGN", 2),
    ("BIA", 3),
    ("BQT", 2),
    ("BQR", 2),
    ("BCT", 2),
    ("BFR", 2),
    ("BSS", 2),
    ("BRA", 1),
    ("BHT", 3),
    ("B2", 4),
    ("B3", 2),
    ("B10", 2),
    ("W05", 2),
    ("W06", 2),
    ("W17", 2),
    ("TRN", 2),
];

/// How far into a document the beginning segment may stand.
const HEAD: usize = 12;

pub(super) fn of(standard: Standard, body: &[Segment]) -> Option<&str> {
    body.iter().take(HEAD).find_map(|segment| match standard {
        Standard::X12 => X12_NUMBERS
            .iter()
            .find(|(tag, _)| *tag == segment.tag)
            .and_then(|(_, element)| segment.value(*element)),
        Standard::Edifact if segment.tag == "BGM" => segment.value(2),
        Standard::Edifact => None,
    })
}
