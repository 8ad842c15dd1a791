//! The one table from foreign words to the states of a notice.

use connectors::exstream::states;
use domain::notice::NoticeState::{self, Bounced, Delivered, Failed, Released, Sent, Withdrawn};

/// Every row, as the mapping was agreed; whoever changes one changes it here too.
const AGREED: &[(&str, NoticeState)] = &[
    ("attempt:Submitted", Released),
    ("attempt:Sent", Sent),
    ("attempt:Error", Failed),
    ("dsn:delivered", Delivered),
    ("dsn:relayed", Sent),
    ("dsn:expanded", Sent),
    ("dsn:delayed", Sent),
    ("dsn:failed", Bounced),
    ("dsn:4.x.x", Sent),
    ("dsn:5.x.x", Bounced),
    ("event:SUBMITTED", Released),
    ("event:SENT", Sent),
    ("event:DELIVERED", Delivered),
    ("event:BOUNCED", Bounced),
    ("event:ERROR", Failed),
    ("job:uninitialized", Released),
    ("job:waiting", Released),
    ("job:holding", Released),
    ("job:started", Released),
    ("job:complete", Sent),
    ("job:complete email", Released),
    ("job:error", Failed),
    ("job:canceled", Withdrawn),
];

#[test]
fn every_word_comes_to_the_state_that_was_agreed() {
    assert_eq!(states::TABLE, AGREED);
    for (name, state) in AGREED {
        let (list, word) = name.split_once(':').unwrap();
        assert_eq!(states::of(list, word), Some(*state), "{name}");
    }
}

#[test]
fn every_status_of_a_job_is_known_but_deleted_which_says_nothing_of_its_letter() {
    for (status, paper, mail) in [
        ("canceled", Some(Withdrawn), Some(Withdrawn)),
        ("complete", Some(Sent), Some(Released)),
        ("deleted", None, None),
        ("started", Some(Released), Some(Released)),
        ("waiting", Some(Released), Some(Released)),
        ("holding", Some(Released), Some(Released)),
        ("error", Some(Failed), Some(Failed)),
        ("uninitialized", Some(Released), Some(Released)),
        ("Complete", None, None),
        ("", None, None),
    ] {
        assert_eq!(states::of_job(status, "letter"), paper, "{status}");
        assert_eq!(states::of_job(status, "EMAIL"), mail, "{status}");
    }
}

#[test]
fn a_notification_goes_by_the_class_of_its_code_and_else_by_its_action() {
    for (action, code, state) in [
        ("delivered", "2.0.0", Some(Delivered)),
        ("delivered", "", Some(Delivered)),
        ("failed", "", Some(Bounced)),
        ("failed", "5.1.1", Some(Bounced)),
        // RFC 3463: a permanent failure is one, whatever word stands beside it.
        ("delayed", "5.4.7", Some(Bounced)),
        // Given up: no mail any more, whatever class its last trouble was of.
        ("failed", "4.4.7", Some(Bounced)),
        ("Failed", "5.1.1", Some(Bounced)),
        ("Delivered", "2.0.0", Some(Delivered)),
        ("delayed", "4.2.2", Some(Sent)),
        ("relayed", "2.1.9", Some(Sent)),
        ("expanded", "2.0.0", Some(Sent)),
        ("pondered", "2.0.0", None),
        ("", "", None),
    ] {
        assert_eq!(states::of_dsn(action, code), state, "{action} {code}");
    }
}
