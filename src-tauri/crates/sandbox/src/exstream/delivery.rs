//! What becomes of a job as time goes by: everything follows from its start, its channel and its recipient.

use domain::{Millis, canonical::sha256_hex, time::SECOND};

/// A letter leaves the house this long after its release.
pub(super) const SENT_AFTER: i64 = 20 * SECOND;
/// A mail is handed to the mail service this long after its release.
const SUBMITTED_AFTER: i64 = 5 * SECOND;

/// What a mail, or a letter, has gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Handed to the mail service.
    Submitted,
    /// Left the house.
    Sent,
    /// The other side took it.
    Delivered,
    /// It came back.
    Bounced,
    /// It could not be sent.
    Failed,
}

impl Step {
    /// The word of an injected event.
    pub(super) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "submitted" | "queued" => Self::Submitted,
            "sent" => Self::Sent,
            "delivered" => Self::Delivered,
            "bounced" => Self::Bounced,
            "failed" => Self::Failed,
            _ => return None,
        })
    }

    /// `eventStatus` of a mail event.
    pub(super) const fn event_status(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Sent => "SENT",
            Self::Delivered => "DELIVERED",
            Self::Bounced => "BOUNCED",
            Self::Failed => "ERROR",
        }
    }

    /// Whether nothing follows by itself.
    pub(super) const fn is_last(self) -> bool {
        matches!(self, Self::Delivered | Self::Bounced | Self::Failed)
    }
}

/// The steps of a job by time, those to come included.
pub(super) fn course(
    job_id: &str,
    channel: &str,
    recipient: &str,
    start: Millis,
) -> Vec<(Millis, Step)> {
    let recipient = recipient.to_ascii_lowercase();
    let sent_at = start.plus(SENT_AFTER);
    if channel != "email" {
        let unknown = recipient.contains("no-such-address");
        return vec![(sent_at, if unknown { Step::Failed } else { Step::Sent })];
    }
    let mut course = vec![(start.plus(SUBMITTED_AFTER), Step::Submitted)];
    if !recipient.contains('@') || recipient.contains("fail") {
        course.push((sent_at, Step::Failed));
        return course;
    }
    course.push((sent_at, Step::Sent));
    if recipient.contains("nodsn") {
        return course;
    }
    // One to five minutes, always the same for the same job.
    let hash = sha256_hex(job_id.as_bytes());
    let share = hash
        .get(..4)
        .and_then(|h| i64::from_str_radix(h, 16).ok())
        .unwrap_or(0);
    let at = sent_at.plus((60 + share % 240) * SECOND);
    let bounces = recipient.contains("bounce");
    course.push((
        at,
        if bounces {
            Step::Bounced
        } else {
            Step::Delivered
        },
    ));
    course
}
