//! What the words of Exstream and OpenText Messaging come to. One table; a word that is not in it is kept raw and its
//! state is `unknown`. Sent is never shown as delivered. The functions only choose the row.

use domain::notice::NoticeState;

/// State word for a word nobody knows.
pub const UNKNOWN: &str = "unknown";

/// `attempt:` states of Messaging, `dsn:` actions of RFC 3464 and classes of their codes, `job:` statuses, `event:`
/// statuses of event metrics.
pub const TABLE: &[(&str, NoticeState)] = &[
    ("attempt:Submitted", NoticeState::Released),
    ("attempt:Sent", NoticeState::Sent),
    ("attempt:Error", NoticeState::Failed),
    ("dsn:delivered", NoticeState::Delivered),
    // Handed to a system that gives no further word: as far as anybody knows it left.
    ("dsn:relayed", NoticeState::Sent),
    ("dsn:expanded", NoticeState::Sent),
    ("dsn:delayed", NoticeState::Sent),
    ("dsn:failed", NoticeState::Bounced),
    // A class of code says more than its action: a permanent failure is a bounce, a transient one is no end.
    ("dsn:4.x.x", NoticeState::Sent),
    ("dsn:5.x.x", NoticeState::Bounced),
    ("event:SUBMITTED", NoticeState::Released),
    ("event:SENT", NoticeState::Sent),
    ("event:DELIVERED", NoticeState::Delivered),
    ("event:BOUNCED", NoticeState::Bounced),
    ("event:ERROR", NoticeState::Failed),
    ("job:uninitialized", NoticeState::Released),
    ("job:waiting", NoticeState::Released),
    ("job:holding", NoticeState::Released),
    ("job:started", NoticeState::Released),
    // Paper that was printed has been sent, and no event follows; a mail has only been handed over.
    ("job:complete", NoticeState::Sent),
    ("job:complete email", NoticeState::Released),
    ("job:error", NoticeState::Failed),
    ("job:canceled", NoticeState::Withdrawn),
];

/// The state of a word of one list.
#[must_use]
pub fn of(list: &str, word: &str) -> Option<NoticeState> {
    let name = format!("{list}:{word}");
    TABLE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, state)| *state)
}

/// The state of a job, which for a finished one depends on its channel. A deleted job has left no word of its letter.
#[must_use]
pub fn of_job(status: &str, channel: &str) -> Option<NoticeState> {
    match status {
        "complete" if is_mail(channel) => of("job", "complete email"),
        other => of("job", other),
    }
}

/// The state of a delivery status notification. What has failed has failed, with a code of the fourth class too: that is a
/// mail nobody tries any more (RFC 3464, 2.3.3). Words are compared without case.
#[must_use]
pub fn of_dsn(action: &str, status: &str) -> Option<NoticeState> {
    let action = action.to_ascii_lowercase();
    match status.split('.').next() {
        Some("5") => of("dsn", "5.x.x"),
        Some("4") if action != "failed" => of("dsn", "4.x.x"),
        _ => of("dsn", &action),
    }
}

/// Whether a channel goes by mail service.
#[must_use]
pub fn is_mail(channel: &str) -> bool {
    channel.eq_ignore_ascii_case("email")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sent_is_not_delivered_and_unknown_is_neither() {
        assert_eq!(of("attempt", "Sent"), Some(NoticeState::Sent));
        assert_eq!(of_job("complete", "letter"), Some(NoticeState::Sent));
        assert_eq!(of_job("complete", "email"), Some(NoticeState::Released));
        assert_eq!(of_dsn("delivered", "2.0.0"), Some(NoticeState::Delivered));
        assert_eq!(of_dsn("failed", "5.1.1"), Some(NoticeState::Bounced));
        assert_eq!(of_dsn("delayed", "4.4.1"), Some(NoticeState::Sent));
        assert_eq!(of("attempt", "Pondering"), None);
        assert_eq!(of_job("pondering", "letter"), None);
        assert_eq!(of_job("deleted", "email"), None);
    }
}
