//! The registers over time: how long approvals take, and what states the notices of each day are in.

use cache::Place;
use domain::{
    Millis, Refusal, System,
    notice::NoticeState,
    register::{self, Register, UNKNOWN},
    time::DAY,
};

use super::{name_of, register_of};
use crate::{
    Desk,
    problem::{Refuse, input},
    read::words,
    review,
    view::{ApprovalWeek, DeliveryDay, GetRegisterTrend, RegisterTrend},
};

/// Fewest and most days a plot shows.
const DAYS: std::ops::RangeInclusive<u32> = 7..=364;
/// Reviews read at once.
const PART: u32 = 200;
/// Reviews looked at for one plot: the newest.
const MOST_LOOKED_AT: usize = 5_000;
/// States from the ground up, so that what went well stands where the eye compares best.
const STACKED: [NoticeState; 12] = [
    NoticeState::Delivered,
    NoticeState::Responded,
    NoticeState::Sent,
    NoticeState::Released,
    NoticeState::Approved,
    NoticeState::InReview,
    NoticeState::Rendered,
    NoticeState::Draft,
    NoticeState::Superseded,
    NoticeState::Withdrawn,
    NoticeState::Bounced,
    NoticeState::Failed,
];

impl Desk {
    /// A register over the last days.
    ///
    /// # Errors
    /// `E_INPUT` for fewer than 7 or more than 364 days; failures of the databases.
    pub async fn register_trend(&self, args: &GetRegisterTrend) -> Result<RegisterTrend, Refusal> {
        if !DAYS.contains(&args.days) {
            return Err(input("A plot shows 7 to 364 days."));
        }
        let register = register_of(args.register);
        let mut trend = RegisterTrend {
            register: name_of(register),
            weeks: Vec::new(),
            states: Vec::new(),
            days: Vec::new(),
            truncated: false,
            sources: self.ages(&[System::Community, System::Exstream]).await?,
        };
        match register {
            Register::Approval => self.approval_weeks(args.days, &mut trend).await?,
            Register::Delivery => self.delivery_days(args.days, &mut trend).await?,
        }
        Ok(trend)
    }

    async fn approval_weeks(&self, days: u32, trend: &mut RegisterTrend) -> Result<(), Refusal> {
        let (now, cache) = (self.now(), &self.inner.cache);
        let begin = register::week_of(now.plus(-i64::from(days) * DAY));
        let (mut after, mut looked_at, mut approvals) = (Place::TOP, 0, Vec::new());
        let delegations = self.delegations().await?;
        loop {
            let spaces = cache
                .spaces_after(review::PURPOSE, &[], after, PART)
                .await
                .refuse()?;
            let more = spaces.len() == PART as usize;
            for (place, space) in spaces {
                after = place;
                looked_at += 1;
                let items = cache.space_items(&space.id).await.refuse()?;
                let record = self.review_in(&space, &items, &delegations).await?;
                let approved =
                    record.and_then(|r| Some((r.requested_at, register::approved_at(&r, now)?)));
                approvals.extend(approved.filter(|(_, at)| *at >= begin && *at <= now));
            }
            if !more {
                break;
            }
            if looked_at >= MOST_LOOKED_AT {
                trend.truncated = true;
                break;
            }
        }
        let most = (days / 7 + 2) as usize;
        let some = |week: &register::Week, value: i64| (week.approved > 0).then_some(value);
        trend.weeks = register::weeks(&approvals, most)
            .iter()
            .map(|week| ApprovalWeek {
                week: day_word(week.from),
                approved: week.approved,
                median_ms: some(week, week.median),
                p90_ms: some(week, week.p90),
            })
            .collect();
        Ok(())
    }

    async fn delivery_days(&self, days: u32, trend: &mut RegisterTrend) -> Result<(), Refusal> {
        let today = Millis(self.now().0.div_euclid(DAY) * DAY);
        let asked: Vec<Millis> = (0..i64::from(days))
            .rev()
            .map(|back| today.plus(-back * DAY))
            .collect();
        let mut states: Vec<String> = STACKED.iter().map(ToString::to_string).collect();
        states.push(UNKNOWN.to_owned());
        let counted = self
            .inner
            .cache
            .notice_states_by_day(&asked, &states)
            .await
            .refuse()?;
        // A state no day has is no part of the plot.
        let seen: Vec<bool> = (0..states.len())
            .map(|n| counted.iter().any(|day| day.counts.get(n) > Some(&0)))
            .collect();
        let kept = |counts: &[u32]| -> Vec<u32> {
            let both = counts.iter().zip(&seen);
            both.filter(|(_, seen)| **seen).map(|(n, _)| *n).collect()
        };
        trend.days = counted
            .iter()
            .map(|day| DeliveryDay {
                day: day_word(day.day),
                counts: kept(&day.counts),
            })
            .collect();
        let both = states.iter().zip(&seen).filter(|(_, seen)| **seen);
        trend.states = both.map(|(state, _)| words::notice_state(state)).collect();
        Ok(())
    }
}

/// `YYYY-MM-DD` in UTC.
fn day_word(at: Millis) -> String {
    at.rfc3339().chars().take(10).collect()
}
