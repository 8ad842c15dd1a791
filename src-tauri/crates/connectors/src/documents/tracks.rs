//! The two code lists of Lens, each with what its letters come to. Letters collide between the lists (N, P, S, R, C), so
//! a letter is never read without its list; letters of neither are kept raw and count as pending.

use domain::record::{AckTrack, DeliveryTrack, Validation};

/// Code list `status`: code, validation, delivery.
pub const STATUS: &[(&str, Validation, DeliveryTrack)] = &[
    // Processing, delivery in progress, batched, on hold.
    ("P", Validation::Pending, DeliveryTrack::Pending),
    ("D", Validation::Valid, DeliveryTrack::Pending),
    ("B", Validation::Valid, DeliveryTrack::Pending),
    ("H", Validation::Valid, DeliveryTrack::Pending),
    // Ready for pickup: out of our hands, not yet in theirs.
    ("R", Validation::Valid, DeliveryTrack::Sent),
    // Delivered, completed.
    ("S", Validation::Valid, DeliveryTrack::Delivered),
    ("C", Validation::Valid, DeliveryTrack::Delivered),
    // Delivery failed, delivery disabled.
    ("F", Validation::Valid, DeliveryTrack::Failed),
    ("N", Validation::Valid, DeliveryTrack::Failed),
    // Validation error, duplicate.
    ("V", Validation::Invalid, DeliveryTrack::Pending),
    ("U", Validation::Invalid, DeliveryTrack::Pending),
];

/// Code list `fastatus`: code, acknowledgement.
pub const FASTATUS: &[(&str, AckTrack)] = &[
    ("W", AckTrack::Pending),
    // Received, which says nothing about acceptance.
    ("C", AckTrack::Pending),
    ("A", AckTrack::Accepted),
    ("M", AckTrack::Accepted),
    ("N", AckTrack::None),
    ("S", AckTrack::None),
    ("R", AckTrack::Rejected),
    ("T", AckTrack::Expired),
    ("E", AckTrack::AcceptedErrors),
    ("P", AckTrack::Partial),
];

/// Words of `deliverystatus`, which say more than the status letter.
const DELIVERY_WORDS: &[(&str, DeliveryTrack)] = &[
    ("DeliveryFailed", DeliveryTrack::Failed),
    ("PartiallyFailed", DeliveryTrack::Failed),
    ("PartiallyDelivered", DeliveryTrack::Sent),
];

/// Validation and delivery of a status.
#[must_use]
pub fn status(code: &str, delivery_word: Option<&str>) -> (Validation, DeliveryTrack) {
    let (validation, delivery) = STATUS.iter().find(|(known, ..)| *known == code).map_or(
        (Validation::Pending, DeliveryTrack::Pending),
        |(_, v, d)| (*v, *d),
    );
    let told = delivery_word
        .and_then(|word| DELIVERY_WORDS.iter().find(|(known, _)| *known == word))
        .map(|(_, track)| *track);
    (validation, told.unwrap_or(delivery))
}

/// Acknowledgement of a fastatus. No letter with a date is one that Lens takes in searches but does not tell (`C`,
/// received); none at all is none expected.
#[must_use]
pub fn ack(code: Option<&str>, dated: bool) -> AckTrack {
    let Some(code) = code else {
        return if dated {
            AckTrack::Pending
        } else {
            AckTrack::None
        };
    };
    FASTATUS
        .iter()
        .find(|(known, _)| *known == code)
        .map_or(AckTrack::Pending, |(_, track)| *track)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_means_what_its_own_list_says() {
        assert_eq!(status("N", None).1, DeliveryTrack::Failed);
        assert_eq!(ack(Some("N"), true), AckTrack::None);
        assert_eq!(
            status("P", None),
            (Validation::Pending, DeliveryTrack::Pending)
        );
        assert_eq!(ack(Some("P"), true), AckTrack::Partial);
        assert_eq!(status("S", None).1, DeliveryTrack::Delivered);
        assert_eq!(ack(Some("S"), true), AckTrack::None);
        assert_eq!(status("R", None).1, DeliveryTrack::Sent);
        assert_eq!(ack(Some("R"), true), AckTrack::Rejected);
        assert_eq!(status("C", None).1, DeliveryTrack::Delivered);
        assert_eq!(ack(Some("C"), true), AckTrack::Pending);
    }

    #[test]
    fn unknown_codes_are_neither_good_nor_bad() {
        assert_eq!(
            status("??", Some("Whatever")),
            (Validation::Pending, DeliveryTrack::Pending)
        );
        assert_eq!(ack(Some("Z"), true), AckTrack::Pending);
        assert_eq!(ack(None, false), AckTrack::None);
        assert_eq!(ack(None, true), AckTrack::Pending);
    }
}
