//! Who made a letter, who signed it, for whom, and who is left in which order.

use domain::{
    Refusal,
    delegation::Delegation,
    review::Verdict,
    review_log::ReviewRecord,
    review_rule::{self, Order},
};

use super::{reviews::approvals, words};
use crate::{
    Desk,
    view::{DelegationList, Eye, GroupRow, SignsFor},
};

/// Groups of the rule a letter is signed by, and how far each has come.
pub(super) fn groups(record: &ReviewRecord) -> Vec<GroupRow> {
    let order = record.request.rule.as_ref().map(|rule| rule.order);
    let progress = review_rule::progress(&record.request, &record.signatures);
    progress
        .groups
        .iter()
        .map(|left| GroupRow {
            title: words::sentence(left.role.as_str()),
            needed: left.needed,
            given: left.given,
            open: left.open,
            word: match (left.open, left.given >= left.needed) {
                (_, true) => "Signed",
                (true, _) if order == Some(Order::Sequence) => "Its turn",
                (true, _) => "Is left",
                (false, _) => "After the ones before it",
            }
            .to_owned(),
        })
        .collect()
}

impl Desk {
    /// Delegations by which the acting person signs for others now.
    pub(crate) async fn delegations_to_me(&self) -> Result<Vec<Delegation>, Refusal> {
        let (me, now) = (self.person().id, self.now());
        let mut mine = self.delegations().await?;
        mine.retain(|d| d.to == me && d.holds(now));
        Ok(mine)
    }

    /// Whether the acting person may approve a review, for themselves or for somebody else.
    pub(crate) fn may_approve(&self, record: &ReviewRecord, mine: &[Delegation]) -> bool {
        let hash = &record.request.hash;
        let by =
            |by: Option<&Delegation>| self.may_decide(record, hash, Verdict::Approve, by).is_ok();
        by(None) || mine.iter().any(|d| by(Some(d)))
    }

    /// For whom the acting person may sign, and whether it would count.
    pub(super) fn signs_for(&self, record: &ReviewRecord, mine: &[Delegation]) -> Vec<SignsFor> {
        let hash = &record.request.hash;
        let of = |d: &Delegation| {
            let may = self.may_decide(record, hash, Verdict::Approve, Some(d));
            Some(SignsFor {
                person: self.owner(Some(d.from.as_str()))?,
                may_sign: may.is_ok() && self.read_only().is_none(),
                may_not_reason: may.err().map(|refusal| refusal.message),
            })
        };
        mine.iter().filter_map(of).collect()
    }

    /// Delegations of and to the acting person, and whom they may delegate to.
    ///
    /// # Errors
    /// Failures of the cache.
    pub async fn delegation_list(&self) -> Result<DelegationList, Refusal> {
        let me = self.person().id;
        let persons = self.persons();
        let others = persons.all.iter().filter(|p| p.may_sign() && p.id != me);
        Ok(DelegationList {
            people: others
                .filter_map(|p| self.owner(Some(p.id.as_str())))
                .collect(),
            items: self.list_delegations().await?,
        })
    }

    pub(super) fn four_eyes(&self, record: &ReviewRecord) -> Vec<Eye> {
        let mut eyes = vec![Eye {
            person: self.owner(Some(record.request.maker.as_str())),
            word: "Maker, cannot sign".to_owned(),
            on_behalf_of: None,
            signed_at: None,
            meaning: None,
        }];
        let counted = approvals(record);
        // What the partner says stands with its reviewers.
        let over_it = record.signatures.iter().filter(|s| s.partner.is_none());
        for signature in over_it.filter(|s| s.hash == record.request.hash) {
            let of = signature.on_behalf_of.as_ref();
            eyes.push(Eye {
                person: self.owner(Some(signature.person.as_str())),
                word: match signature.verdict {
                    Verdict::Reject => "Rejected",
                    Verdict::Approve if counted.contains(&signature) => "Signed",
                    Verdict::Approve => "Does not count: before its turn, or twice",
                }
                .to_owned(),
                on_behalf_of: of.and_then(|of| self.owner(Some(of.person.as_str()))),
                signed_at: Some(signature.at.0),
                meaning: Some(signature.meaning.clone()),
            });
        }
        let refused = record.refused.iter();
        for signature in refused.filter(|s| s.hash == record.request.hash) {
            eyes.push(Eye {
                person: self.owner(Some(signature.person.as_str())),
                word: "Does not count: late, or not by this person".to_owned(),
                on_behalf_of: None,
                signed_at: None,
                meaning: None,
            });
        }
        let signed = approvals(record).len();
        for place in signed..record.request.needed.min(12) as usize {
            let ordinal = ["First", "Second", "Third", "Fourth"]
                .get(place)
                .copied()
                .unwrap_or("Further");
            eyes.push(Eye {
                person: None,
                word: format!("{ordinal} signature"),
                on_behalf_of: None,
                signed_at: None,
                meaning: None,
            });
        }
        eyes
    }
}
