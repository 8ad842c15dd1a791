//! Which workspace a message belongs to: a score with its reasons. Below the policy's limit nothing is chosen by machine.

use crate::{policy::Limits, record::Workspace};

/// What is known about the message.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// Order numbers of the case.
    pub orders: Vec<&'a str>,
    /// Ship notice and shipment numbers.
    pub shipments: Vec<&'a str>,
    /// Workspace named by the case itself.
    pub named: Option<&'a str>,
    /// Partner id.
    pub partner_id: Option<&'a str>,
    /// Short name of the partner.
    pub partner_name: &'a str,
    /// Subject and text of the message, lower case.
    pub text: String,
}

/// A workspace with its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The workspace.
    pub workspace: Workspace,
    /// 0 to 1.
    pub score: f64,
    /// The case itself names it, and it belongs to the partner: nothing is left to choose.
    pub named: bool,
    /// Why, in words.
    pub reasons: Vec<String>,
}

/// What comes of the scores.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// One fits well and no other nearly as well.
    Taken(Candidate),
    /// A person chooses; best first, may be empty.
    Ask(Vec<Candidate>),
}

/// Scores a workspace. Facts that name the thing weigh most; what merely resembles it never reaches the limit alone.
#[must_use]
pub fn score(wanted: &Wanted<'_>, workspace: &Workspace) -> Candidate {
    let mut score: f64 = 0.0;
    let mut reasons = Vec::new();
    let mut fact = |points: f64, reason: String| {
        score = 1.0 - (1.0 - score) * (1.0 - points);
        reasons.push(reason);
    };
    let object = workspace.object_id.as_deref().unwrap_or_default();
    if wanted.named == Some(workspace.id.as_str()) {
        fact(0.97, "The case names it".to_owned());
    }
    if wanted.orders.contains(&object) {
        fact(0.85, format!("It is the workspace of order {object}"));
    } else if wanted.shipments.contains(&object) {
        fact(0.85, format!("It is the workspace of shipment {object}"));
    } else if object.len() >= 5 && wanted.text.contains(&object.to_lowercase()) {
        fact(0.6, format!("The message names {object}"));
    }
    let same_partner =
        wanted.partner_id.is_some() && wanted.partner_id == workspace.partner_id.as_deref();
    let named_partner = !wanted.partner_name.is_empty()
        && workspace
            .name
            .to_lowercase()
            .contains(&wanted.partner_name.to_lowercase());
    if same_partner || named_partner {
        fact(0.45, format!("It belongs to {}", wanted.partner_name));
    } else if workspace.partner_id.is_some() && wanted.partner_id.is_some() {
        // Nothing for one partner reaches another (I3): a foreign workspace is no candidate, whatever its number.
        return Candidate {
            workspace: workspace.clone(),
            score: 0.0,
            named: false,
            reasons: vec!["It belongs to another partner".to_owned()],
        };
    }
    Candidate {
        workspace: workspace.clone(),
        score,
        named: wanted.named == Some(workspace.id.as_str()),
        reasons,
    }
}

/// Chooses, or leaves the choice to a person: below the limit, or when two stand above the candidate limit. What the case
/// names is the authority and stands before anything that merely fits.
#[must_use]
pub fn choose(mut candidates: Vec<Candidate>, limits: &Limits) -> Choice {
    candidates.retain(|c| c.score > 0.0);
    candidates.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.workspace.id.cmp(&b.workspace.id))
    });
    let above = candidates
        .iter()
        .filter(|c| c.score > limits.candidate_above)
        .count();
    match candidates.first() {
        Some(best) if best.score >= limits.choice_below && (best.named || above == 1) => {
            Choice::Taken(best.clone())
        }
        _ => Choice::Ask(candidates),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Millis, policy::Policy};

    fn workspace(id: &str, object: &str, partner: Option<&str>) -> Workspace {
        Workspace {
            id: id.into(),
            name: format!("Order {object}"),
            type_name: "Order".into(),
            external_system: None,
            object_type: None,
            object_id: Some(object.into()),
            partner_id: partner.map(Into::into),
            modified_at: Millis(0),
        }
    }

    fn wanted() -> Wanted<'static> {
        Wanted {
            orders: vec!["4500771820"],
            partner_id: Some("P1"),
            partner_name: "Bramblewick",
            ..Wanted::default()
        }
    }

    fn chosen(list: &[Workspace]) -> Choice {
        let limits = Policy::load(None).unwrap().limits;
        choose(list.iter().map(|w| score(&wanted(), w)).collect(), &limits)
    }

    #[test]
    fn the_order_workspace_of_the_partner_is_taken() {
        let list = [
            workspace("1", "4500771820", Some("P1")),
            workspace("2", "4500000000", Some("P1")),
        ];
        assert!(matches!(chosen(&list), Choice::Taken(c) if c.workspace.id == "1"));
    }

    #[test]
    fn two_that_fit_are_a_choice_for_a_person() {
        let list = [
            workspace("1", "4500771820", Some("P1")),
            workspace("2", "4500771820", Some("P1")),
        ];
        assert!(matches!(chosen(&list), Choice::Ask(c) if c.len() == 2));
    }

    #[test]
    fn the_workspace_a_case_names_is_taken_before_others_that_fit() {
        let list = [
            workspace("1", "4500771820", Some("P1")),
            workspace("2", "PC-48213", Some("P1")),
        ];
        let limits = Policy::load(None).unwrap().limits;
        let wanted = Wanted {
            named: Some("2"),
            ..wanted()
        };
        let scored = list.iter().map(|w| score(&wanted, w)).collect();
        assert!(matches!(choose(scored, &limits), Choice::Taken(c) if c.workspace.id == "2"));
    }

    #[test]
    fn a_workspace_of_another_partner_is_never_a_candidate() {
        assert_eq!(
            chosen(&[workspace("1", "4500771820", Some("P2"))]),
            Choice::Ask(vec![])
        );
    }
}
