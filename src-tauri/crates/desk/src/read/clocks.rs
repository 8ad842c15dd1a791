//! Reply and resolution clocks, on the partner's calendar.

use domain::{
    Millis,
    calendar::{Agreed, ClockState, Pause, read_clock, reply_span},
    policy::Policy,
    time::{DAY, MINUTE},
    visibility::Visibility,
};

use crate::{
    facts::Known,
    view::{SlaClock, Tone},
};

/// The screen carries a clock on by itself for at most this long.
const AHEAD: i64 = 7 * DAY;

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

/// The clocks of a case; none where nothing was agreed with its partner.
pub(super) fn clocks(known: &Known, policy: &Policy, now: Millis) -> Vec<SlaClock> {
    let Some(agreement) = known.partner.as_ref().map(|p| &p.agreement) else {
        return Vec::new();
    };
    let Some(calendar) = policy.calendar(&agreement.calendar) else {
        return Vec::new();
    };
    let case = &known.case;
    let resolved = (!domain::case::CaseStatus::is_open(&case.status)).then_some(case.updated_at);
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
