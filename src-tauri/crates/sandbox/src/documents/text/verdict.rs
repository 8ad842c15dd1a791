//! Functional acknowledgements: 997 and CONTRL.

use super::{Envelope, Family, Kind, Segment, edifact, id, qualifier, wrap, x12};

/// What a functional acknowledgement says.
pub(in crate::documents) struct Verdict<'a> {
    /// `A`, `E`, `P`, `R`.
    pub(in crate::documents) code: &'a str,
    pub(in crate::documents) acknowledged_type: &'a str,
    pub(in crate::documents) functional_id: &'a str,
    /// Control numbers of the acknowledged interchange, group and set.
    pub(in crate::documents) control: &'a str,
    pub(in crate::documents) group: &'a str,
    pub(in crate::documents) set: &'a str,
    /// The parties of the acknowledged interchange.
    pub(in crate::documents) original_sender: &'a str,
    pub(in crate::documents) original_receiver: &'a str,
}

impl Verdict<'_> {
    pub(in crate::documents) fn write(&self, envelope: &Envelope<'_>) -> Vec<u8> {
        let body = match envelope.family {
            Family::X12 => self.x12(),
            Family::Edifact => self.edifact(),
        };
        wrap(envelope, Kind::Acknowledgement, &body)
    }

    fn x12(&self) -> Vec<Segment> {
        let bad = self.code != "A";
        let mut out = vec![
            x12("AK1|{}|{}", &[self.functional_id, self.group]),
            x12("AK2|{}|{}", &[self.acknowledged_type, self.set]),
        ];
        if bad {
            out.push(x12("AK3|N1|6||8", &[]));
            out.push(x12("AK4|4|67|7|UNKNOWN", &[]));
            out.push(x12("AK3|REF|9||3", &[]));
        }
        // A set is never partly accepted, only a group is.
        let set = if self.code == "P" { "E" } else { self.code };
        out.push(x12("AK5|{}|{}", &[set, if bad { "5" } else { "" }]));
        let accepted = if self.code == "R" { "0" } else { "1" };
        out.push(x12("AK9|{}|1|1|{}", &[self.code, accepted]));
        out
    }

    fn edifact(&self) -> Vec<Segment> {
        let action = if self.code == "R" { "4" } else { "7" };
        let (from, to) = (self.original_sender, self.original_receiver);
        let parties = [
            self.control,
            id(from),
            qualifier(from),
            id(to),
            qualifier(to),
            action,
        ];
        let mut out = vec![
            edifact("UCI|{}|{}^{}|{}^{}|{}", &parties),
            edifact(
                "UCM|{}|{}^D^96A^UN|{}",
                &[self.set, self.acknowledged_type, action],
            ),
        ];
        if self.code != "A" {
            out.push(edifact("UCS|6", &[]));
            out.push(edifact("UCD|12|2^1", &[]));
        }
        out
    }
}
