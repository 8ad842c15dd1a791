//! Reply and resolution clocks, on the partner's calendar, and the due date that the community states.

use domain::{
    Millis,
    calendar::{Agreed, ClockState, Pause, read_clock, reply_span},
    case::CaseStatus,
    policy::Policy,
    record::Case,
    time::{DAY, HOUR, MINUTE},
    visibility::Visibility,
};

use crate::{
    facts::Known,
    view::{Due, SlaClock, Tone},
};

/// The screen carries a clock on by itself for at most this long.
const AHEAD: i64 = 7 * DAY;
/// A due date this near is late.
const NEAR: i64 = HOUR;

/// What the partner reads of the thread: whether we wrote it, and when.
fn messages(known: &Known) -> Vec<(bool, Millis)> {
    known
        .comments
        .iter()
        .filter(|c| c.visibility == Visibility::Partner || c.side == "partner")
        .map(|c| (c.side != "partner", c.created_at))
        .collect()
}

/// While the case waits for the partner its clocks stand still: from the first thing we told the partner after their last
/// message, else from the change of the case.
fn pauses(known: &Known, messages: &[(bool, Millis)]) -> Vec<Pause> {
    if known.case.status != "waiting_partner" {
        return Vec::new();
    }
    let last = messages
        .iter()
        .rev()
        .find(|(ours, _)| !ours)
        .map_or(known.case.opened_at, |(_, at)| *at);
    let told = messages
        .iter()
        .filter(|(ours, _)| *ours)
        .map(|(_, at)| *at)
        .chain(known.deliveries.iter().map(|d| d.event_at))
        .filter(|at| *at >= last)
        .min();
    let changed = known.case.updated_at;
    vec![Pause {
        from: told.map_or(changed, |at| at.min(changed)),
        to: None,
    }]
}

/// How the due date of a case stands. It is an instant: the clock on the wall runs towards it, at night as well. While the
/// case waits for its partner nobody here is called to it; once it was ended the last change says whether that was in time.
pub(super) fn due(case: &Case, now: Millis) -> Due {
    let (state, tone) = match case.due_at {
        None => ("none", Tone::None),
        Some(at) if !CaseStatus::is_open(&case.status) && case.updated_at > at => {
            ("breached", Tone::Fail)
        }
        Some(_) if !CaseStatus::is_open(&case.status) => ("met", Tone::Ok),
        Some(_) if case.status == "waiting_partner" => ("paused", Tone::Wait),
        Some(at) if at <= now => ("breached", Tone::Fail),
        Some(at) if at.since(now) <= NEAR => ("late", Tone::Late),
        Some(_) => ("running", Tone::Wait),
    };
    Due {
        at: case.due_at.map(|at| at.0),
        state: state.to_owned(),
        tone,
    }
}

/// The due date as a clock; none where the community states none.
fn due_clock(case: &Case, now: Millis) -> Option<SlaClock> {
    let Due { at, state, tone } = due(case, now);
    let at = Millis(at?);
    let ended = !CaseStatus::is_open(&case.status);
    let stands = ended || state == "paused";
    let read_at = if ended { case.updated_at } else { now };
    Some(SlaClock {
        title: "Case due".to_owned(),
        tone,
        due_at: Some(at.0),
        left_ms: Some(at.since(read_at)),
        read_at: now.0,
        open: if stands {
            Vec::new()
        } else {
            vec![(now.0, now.plus(AHEAD).0)]
        },
        late_ms: NEAR,
        allowed_ms: at.since(case.opened_at),
        note: match state.as_str() {
            "paused" => Some("Waits for the partner".to_owned()),
            "met" => Some("Met".to_owned()),
            _ => None,
        },
        calendar: "Around the clock, as the community states it".to_owned(),
        state,
    })
}

/// The clocks of a case: those agreed with its partner, and its due date.
pub(super) fn clocks(known: &Known, policy: &Policy, now: Millis) -> Vec<SlaClock> {
    let mut clocks = agreed(known, policy, now);
    clocks.extend(due_clock(&known.case, now));
    clocks
}

/// The clocks agreed with the partner of a case; none where nothing was.
fn agreed(known: &Known, policy: &Policy, now: Millis) -> Vec<SlaClock> {
    let Some(agreement) = known.partner.as_ref().map(|p| &p.agreement) else {
        return Vec::new();
    };
    let Some(calendar) = policy.calendar(&agreement.calendar) else {
        return Vec::new();
    };
    let case = &known.case;
    let resolved = (!CaseStatus::is_open(&case.status)).then_some(case.updated_at);
    let messages = messages(known);
    let pauses = pauses(known, &messages);
    let (asked, replied) = reply_span(&messages, case.opened_at);
    let spans = [
        (
            "Reply to partner",
            asked,
            agreement.reply_minutes,
            replied.or(resolved),
        ),
        (
            "Resolution",
            case.opened_at,
            agreement.resolution_minutes,
            resolved,
        ),
    ];
    spans
        .into_iter()
        .map(|(title, start, minutes, met_at)| {
            let agreed = Agreed {
                calendar,
                time_zone: &agreement.time_zone,
                minutes,
                late_percent: policy.clocks.late_percent,
            };
            let reading = read_clock(&agreed, start, met_at, &pauses, now);
            let (state, tone) = match reading.state {
                ClockState::Running => ("running", Tone::Wait),
                ClockState::Late => ("late", Tone::Late),
                ClockState::Breached => ("breached", Tone::Fail),
                ClockState::Paused => ("paused", Tone::None),
                ClockState::Met => ("met", Tone::Ok),
            };
            let runs = met_at.is_none() && reading.state != ClockState::Paused && pauses.is_empty();
            let open = if runs {
                calendar.open_hours(now, now.plus(AHEAD), &agreement.time_zone)
            } else {
                Vec::new()
            };
            SlaClock {
                title: title.to_owned(),
                state: state.to_owned(),
                tone,
                due_at: reading.due_at.map(|at| at.0),
                left_ms: Some(reading.left_minutes * MINUTE),
                read_at: now.0,
                open: open.into_iter().map(|(from, to)| (from.0, to.0)).collect(),
                late_ms: minutes * (100 - policy.clocks.late_percent) * MINUTE / 100,
                allowed_ms: reading.agreed_minutes * MINUTE,
                note: match reading.state {
                    ClockState::Paused => Some("Waits for the partner".to_owned()),
                    ClockState::Met => Some("Met".to_owned()),
                    _ => None,
                },
                calendar: format!("{}, {}", calendar.name, agreement.time_zone),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_800_000_000_000);

    fn case(status: &str, due_in: Option<i64>) -> Case {
        serde_json::from_value(serde_json::json!({
            "id": "1", "number": "PC-1", "subject": "", "case_type": "dispute", "subtype": "", "status": status,
            "priority": "normal", "owner": null, "team": null, "partner_id": "1", "partner_name": "", "partner_short_name": "",
            "business_refs": [], "opened_at": NOW.plus(-DAY), "updated_at": NOW,
            "due_at": due_in.map(|ms| NOW.plus(ms)), "stage": null, "communication_status": null, "loop_state": null,
            "version": 1, "external_refs": [],
        }))
        .unwrap()
    }

    #[test]
    fn what_was_ended_late_was_late() {
        let mut case = case("resolved", Some(-2 * HOUR));
        case.updated_at = NOW.plus(-HOUR);
        let clock = due_clock(&case, NOW).unwrap();
        assert_eq!(
            (clock.state.as_str(), clock.left_ms),
            ("breached", Some(-HOUR))
        );
        case.updated_at = NOW.plus(-3 * HOUR);
        assert_eq!(due_clock(&case, NOW).unwrap().state, "met");
    }

    #[test]
    fn the_list_and_the_case_tell_one_due_date() {
        for (status, due_in, state) in [
            ("new", Some(2 * HOUR), "running"),
            ("new", Some(HOUR), "late"),
            ("new", Some(0), "breached"),
            ("new", Some(-HOUR), "breached"),
            ("waiting_partner", Some(-HOUR), "paused"),
            ("closed", Some(HOUR), "met"),
            ("closed", Some(-HOUR), "breached"),
        ] {
            let case = case(status, due_in);
            let (row, clock) = (due(&case, NOW), due_clock(&case, NOW).unwrap());
            assert_eq!(row.state, state);
            assert_eq!(
                (row.at, row.state, row.tone),
                (clock.due_at, clock.state, clock.tone)
            );
            assert_eq!(clock.left_ms, due_in);
        }
        assert_eq!(due(&case("new", None), NOW).state, "none");
        assert!(due_clock(&case("new", None), NOW).is_none());
    }
}
