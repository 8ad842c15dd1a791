//! Signing for somebody else for a time: who may, for whom, until when.
//!
//! Whoever delegates says so in person, in a space that every desktop pulls. What somebody else writes in their name counts
//! for nothing, nor does what was signed before it began, after it ended or after it was revoked.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    Millis, Person, PersonId, Refusal, person::Role, reason, record::SpaceItem, refusal::Code,
    release::text, time::DAY,
};

/// Kind of the item that delegates.
pub const DELEGATION: &str = "delegation";
/// Kind of the item that ends a delegation before its time.
pub const REVOCATION: &str = "revocation";
/// What the space of delegations is about.
pub const SUBJECT: &str = "delegations";
/// Longest time somebody signs for another, in days: whoever is away for longer hands the work over.
pub const LONGEST_DAYS: i64 = 92;

/// A delegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Id of its item.
    pub id: String,
    /// Who is signed for.
    pub from: PersonId,
    /// Their name as printed.
    pub from_name: String,
    /// Who signs.
    pub to: PersonId,
    /// Their name as printed.
    pub to_name: String,
    /// Roles of who is signed for: in them the delegate signs.
    pub roles: Vec<Role>,
    /// From when on.
    pub starts_at: Millis,
    /// Until when; not at that time itself.
    pub ends_at: Millis,
    /// Why.
    pub reason: String,
    /// When it was said.
    pub given_at: Millis,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Millis>,
}

impl Delegation {
    /// Whether it holds at a time.
    #[must_use]
    pub fn holds(&self, at: Millis) -> bool {
        self.starts_at <= at && at < self.ends_at && self.revoked_at.is_none_or(|end| at < end)
    }

    /// Whether this person may sign for that one by it, at a time.
    #[must_use]
    pub fn lets(&self, to: &PersonId, from: &PersonId, at: Millis) -> bool {
        self.to == *to && self.from == *from && self.holds(at)
    }
}

/// Whether an item is by the person it names.
fn by<'i>(item: &'i SpaceItem, named: &'i str) -> Option<&'i str> {
    (!named.is_empty() && (item.author.is_empty() || item.author == named)).then_some(named)
}

fn read(item: &SpaceItem) -> Option<Delegation> {
    let data = item.data.as_object()?;
    let from = by(item, text(data, "person"))?;
    let time = |name: &str| Millis::parse_lenient(text(data, name)).ok();
    let roles = data.get("roles").and_then(Value::as_array);
    let roles = roles
        .into_iter()
        .flatten()
        .filter_map(|role| role.as_str()?.parse().ok());
    let delegation = Delegation {
        id: item.id.clone(),
        from: from.into(),
        from_name: text(data, "printed_name").to_owned(),
        to: text(data, "to").into(),
        to_name: text(data, "to_name").to_owned(),
        roles: roles.collect(),
        starts_at: time("starts_at")?,
        ends_at: time("ends_at")?,
        reason: text(data, "reason").to_owned(),
        given_at: item.created_at,
        revoked_at: None,
    };
    let lasts = delegation.ends_at.since(delegation.starts_at);
    let sound = delegation.from != delegation.to && (1..=LONGEST_DAYS * DAY).contains(&lasts);
    sound.then_some(delegation)
}

/// The delegations among some items, in their order. Only who delegated revokes.
#[must_use]
pub fn delegations(items: &[SpaceItem]) -> Vec<Delegation> {
    let mut all: Vec<Delegation> = items
        .iter()
        .filter(|item| item.item_kind == DELEGATION)
        .filter_map(read)
        .collect();
    for item in items.iter().filter(|item| item.item_kind == REVOCATION) {
        let Some(data) = item.data.as_object() else {
            continue;
        };
        let revoked = all.iter_mut().find(|d| d.id == text(data, "delegation"));
        if let Some(revoked) = revoked
            && by(item, text(data, "person")) == Some(revoked.from.as_str())
        {
            let before = revoked.revoked_at.unwrap_or(item.created_at);
            revoked.revoked_at = Some(before.min(item.created_at));
        }
    }
    all
}

/// A time as a person types it: RFC 3339, or a day in their zone, of which the last one counts to its end.
#[must_use]
pub fn moment(typed: &str, zone: &str, last: bool) -> Option<Millis> {
    let typed = typed.trim();
    if let Ok(day) = typed.parse::<chrono::NaiveDate>() {
        let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::Tz::UTC);
        let day = if last { day.succ_opt()? } else { day };
        let at = day.and_hms_opt(0, 0, 0)?.and_local_timezone(zone);
        return at.earliest().map(|at| Millis(at.timestamp_millis()));
    }
    Millis::parse_lenient(typed).ok()
}

/// Whether a person may delegate their signing to another for a time. Gives the reason as it is kept.
///
/// # Errors
/// `E_FORBIDDEN` for who signs nothing; `E_FIELD` for oneself, for who signs nothing, for a time that has passed, is none or
/// is longer than [`LONGEST_DAYS`], or without a reason.
pub fn may_delegate<'r>(
    from: &Person,
    to: &Person,
    (starts_at, ends_at): (Millis, Millis),
    reason: &'r str,
    now: Millis,
) -> Result<&'r str, Refusal> {
    if !from.may_sign() {
        let words = "Your roles do not include signing, so there is nothing to delegate.";
        return Err(Refusal::new(Code::Forbidden, words));
    }
    if from.id == to.id {
        return Err(Refusal::field("to", "Somebody else signs for you."));
    }
    if !to.may_sign() {
        let words = format!("The roles of {} do not include signing.", to.name);
        return Err(Refusal::field("to", words));
    }
    if ends_at <= starts_at || ends_at <= now {
        return Err(Refusal::field(
            "until",
            "It ends before it begins, or has ended.",
        ));
    }
    if ends_at.since(starts_at) > LONGEST_DAYS * DAY {
        let words = format!("Signing is delegated for {LONGEST_DAYS} days at most.");
        return Err(Refusal::field("until", words));
    }
    reason::read(reason, "reason", "Say why somebody signs for you.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(id: &str, kind: &str, author: &str, at: i64, data: Value) -> SpaceItem {
        SpaceItem {
            id: id.to_owned(),
            space_id: "sp-1".to_owned(),
            item_kind: kind.to_owned(),
            title: String::new(),
            state: String::new(),
            due_at: None,
            author: author.to_owned(),
            data,
            created_at: Millis(at),
            updated_at: Millis(at),
        }
    }

    fn given(author: &str, from: &str, until: i64) -> SpaceItem {
        let data = json!({"person": from, "to": "tomas", "roles": ["compliance", "king"],
            "starts_at": Millis(1_000).rfc3339(), "ends_at": Millis(until).rfc3339()});
        item("d1", DELEGATION, author, 500, data)
    }

    #[test]
    fn a_delegation_holds_for_its_time_and_until_its_giver_revokes_it() {
        let revoke = |by: &str| {
            item(
                "r",
                REVOCATION,
                by,
                1_500,
                json!({"person": by, "delegation": "d1"}),
            )
        };
        let (tomas, priya) = (PersonId::from("tomas"), PersonId::from("priya"));
        let holds = |items: &[SpaceItem], at| {
            let all = delegations(items);
            all.iter().any(|d| d.lets(&tomas, &priya, Millis(at)))
        };
        let own = [given("priya", "priya", 2_000)];
        assert_eq!(
            [999, 1_000, 1_999, 2_000].map(|at| holds(&own, at)),
            [false, true, true, false]
        );
        assert_eq!(delegations(&own)[0].roles, [Role::Compliance]);
        let revoked = [own[0].clone(), revoke("priya")];
        assert_eq!([1_499, 1_500].map(|at| holds(&revoked, at)), [true, false]);
        let by_another = [own[0].clone(), revoke("tomas")];
        assert!(holds(&by_another, 1_700));
        assert!(!holds(&[given("mallory", "priya", 2_000)], 1_500));
        assert!(!holds(&[given("priya", "priya", 1_000 + 93 * DAY)], 1_500));
        for junk in [Value::Null, json!([]), json!({"person": 7})] {
            assert!(delegations(&[item("d", DELEGATION, "priya", 1, junk)]).is_empty());
        }
    }

    #[test]
    fn only_who_signs_delegates_to_who_signs_for_a_time_to_come() {
        let person = |id: &str, role| Person {
            id: id.into(),
            name: id.to_owned(),
            roles: vec![role],
            time_zone: "UTC".to_owned(),
        };
        let (priya, tomas) = (
            person("priya", Role::Approver),
            person("tomas", Role::Reviewer),
        );
        let agent = person("mara", Role::Agent);
        let ask = |from: &Person, to: &Person, start: i64, end: i64, why: &str| {
            let time = (Millis(start), Millis(end));
            may_delegate(from, to, time, why, Millis(50))
                .map_err(|r| r.code)
                .err()
        };
        assert_eq!(ask(&priya, &tomas, 1, 100, "Leave"), None);
        assert_eq!(ask(&agent, &tomas, 1, 100, "Leave"), Some(Code::Forbidden));
        for (to, start, end, why) in [
            (&agent, 1, 100, "Leave"),
            (&priya, 1, 100, "Leave"),
            (&tomas, 1, 50, "Leave"),
            (&tomas, 100, 100, "Leave"),
            (&tomas, 1, 100 * DAY, "Leave"),
            (&tomas, 1, 100, " "),
        ] {
            assert_eq!(ask(&priya, to, start, end, why), Some(Code::Field));
        }
    }
}
