//! Quorums by rule: whatever order signatures come in, exactly those count that a person reading them one by one would count.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use domain::{
    Millis, Person, PersonId,
    delegation::Delegation,
    money::Money,
    person::Role,
    policy::Policy,
    refusal::Code,
    review::{self, ReviewRequest, ReviewState, Signature, Signing, Verdict},
    review_rule::{self, About, Group, Order, Rule, amounts_of, progress},
};
use proptest::prelude::*;
use serde_json::json;

const PEOPLE: [&str; 6] = ["lena", "tomas", "priya", "henrike", "ada", "jonas"];
const DUE: Millis = Millis(100);

fn roles(person: usize) -> Vec<Role> {
    match person {
        0 | 1 => vec![Role::Reviewer],
        2 => vec![Role::Reviewer, Role::Approver],
        3 => vec![Role::Compliance],
        4 => vec![Role::Reviewer, Role::Administrator],
        _ => vec![Role::Approver, Role::Compliance],
    }
}

fn request(order: Order, groups: &[(Role, u32)], needed: u32) -> ReviewRequest {
    let groups = groups.iter().map(|(role, needed)| Group {
        role: *role,
        needed: *needed,
    });
    ReviewRequest {
        maker: "lena".into(),
        hash: "h".into(),
        needed,
        expires_at: None,
        due_at: Some(DUE),
        deputies: Some(Role::Administrator),
        rule: Some(Rule {
            name: "rule".to_owned(),
            order,
            groups: groups.collect(),
        }),
        partner: None,
    }
}

fn person(of: usize) -> Person {
    Person {
        id: PEOPLE[of].into(),
        name: PEOPLE[of].to_owned(),
        roles: roles(of),
        time_zone: "UTC".to_owned(),
    }
}

fn delegation(from: usize, to: usize) -> Delegation {
    Delegation {
        id: format!("{from}-{to}"),
        from: PEOPLE[from].into(),
        from_name: PEOPLE[from].to_owned(),
        to: PEOPLE[to].into(),
        to_name: PEOPLE[to].to_owned(),
        roles: roles(from),
        starts_at: Millis(0),
        ends_at: Millis(10_000),
        reason: "Leave".to_owned(),
        given_at: Millis(0),
        revoked_at: None,
    }
}

fn signature(of: usize, for_whom: Option<usize>, at: i64) -> Signature {
    let by = for_whom.map(|from| delegation(from, of));
    let signer = person(of);
    let signing = Signing {
        person: &signer,
        delegation: by.as_ref(),
        verdict: Verdict::Approve,
    };
    signing.signature("h", "Approved", Millis(at))
}

fn two_groups() -> ReviewRequest {
    request(
        Order::Sequence,
        &[(Role::Approver, 1), (Role::Compliance, 1)],
        2,
    )
}

#[test]
fn in_a_sequence_a_signature_before_its_turn_is_refused_and_does_not_count() {
    let request = two_groups();
    let henrike = person(3);
    let signing = Signing {
        person: &henrike,
        delegation: None,
        verdict: Verdict::Approve,
    };
    let may = |before: &[Signature]| {
        review::may_sign(&request, before, signing, "h", "h", Millis(5)).map_err(|r| r.code)
    };
    assert_eq!(may(&[]), Err(Code::State));
    // Another desktop signs all the same, before the first group: it is for nothing, and so is what follows it.
    let early = [signature(3, None, 1), signature(2, None, 2)];
    assert_eq!(progress(&request, &early).counted, [1]);
    assert_eq!(
        review::state(&request, &early, "h", Millis(5)),
        ReviewState::Requested
    );
    assert_eq!(may(&[signature(2, None, 1)]), Ok(()));
    let in_turn = [signature(2, None, 1), signature(3, None, 2)];
    assert_eq!(
        review::state(&request, &in_turn, "h", Millis(5)),
        ReviewState::Approved
    );
    // To say no nobody waits for a turn.
    let no = Signing {
        verdict: Verdict::Reject,
        ..signing
    };
    assert!(review::may_sign(&request, &[], no, "h", "h", Millis(5)).is_ok());
}

#[test]
fn groups_in_any_order_take_whoever_suits_so_that_nobody_signs_in_vain() {
    let request = request(
        Order::Parallel,
        &[(Role::Approver, 1), (Role::Compliance, 1)],
        2,
    );
    // Jonas suits both; Priya only the first. He moves over.
    let both = [signature(5, None, 1), signature(2, None, 2)];
    assert_eq!(
        review::state(&request, &both, "h", Millis(5)),
        ReviewState::Approved
    );
    let plain = [signature(1, None, 1), signature(4, None, 2)];
    assert!(
        progress(&request, &plain).counted.is_empty(),
        "two reviewers are neither"
    );
}

#[test]
fn once_it_is_due_a_deputy_signs_in_the_place_of_a_group_and_not_before() {
    let request = two_groups();
    let ada = person(4);
    let signing = Signing {
        person: &ada,
        delegation: None,
        verdict: Verdict::Approve,
    };
    let at = |now| review::may_sign(&request, &[], signing, "h", "h", Millis(now)).is_ok();
    assert_eq!((at(99), at(100)), (false, true));
    let signed = [
        signature(4, None, 99),
        signature(4, None, 100),
        signature(3, None, 101),
    ];
    assert_eq!(progress(&request, &signed).counted, [1, 2]);
}

#[test]
fn a_clock_that_goes_ahead_makes_nobody_a_deputy_earlier() {
    let request = two_groups();
    let reached = |at| Signature {
        reached_at: Some(Millis(at)),
        ..signature(4, None, 100)
    };
    assert!(progress(&request, &[reached(99)]).counted.is_empty());
    assert_eq!(progress(&request, &[reached(100)]).counted, [0]);
}

#[test]
fn a_delegate_signs_for_another_but_never_for_the_maker_and_nobody_counts_twice() {
    let request = two_groups();
    let tomas = person(1);
    let sign = |from: usize, before: &[Signature], now: i64| {
        let by = delegation(from, 1);
        let signing = Signing {
            person: &tomas,
            delegation: Some(&by),
            verdict: Verdict::Approve,
        };
        review::may_sign(&request, before, signing, "h", "h", Millis(now)).map_err(|r| r.code)
    };
    assert_eq!(sign(2, &[], 5), Ok(()), "Tomas is no approver, Priya is");
    assert_eq!(sign(0, &[], 5), Err(Code::SeparationOfDuties));
    assert_eq!(sign(2, &[], 10_000), Err(Code::Forbidden), "it has ended");
    assert_eq!(sign(2, &[signature(2, None, 1)], 5), Err(Code::State));
    // Tomas for Priya, then as himself or for Henrike: he is one person.
    let twice = [
        signature(1, Some(2), 1),
        signature(1, None, 2),
        signature(1, Some(3), 3),
    ];
    assert_eq!(progress(&request, &twice).counted, [0]);
    // And who was signed for does not sign again.
    let again = [
        signature(1, Some(2), 1),
        signature(2, None, 2),
        signature(3, None, 3),
    ];
    assert_eq!(progress(&request, &again).counted, [0, 2]);
    // The maker signs for nobody either.
    let by_maker = [signature(0, Some(2), 1)];
    assert!(progress(&request, &by_maker).counted.is_empty());
}

fn policy() -> Policy {
    let rules = r#"
        [[review.rule]]
        name = "Debits"
        templates = ["SDN-04"]
        needed = 2
        [[review.rule]]
        name = "Large debits"
        templates = ["SDN-04"]
        amount_from = "10000.00"
        currency = "EUR"
        order = "sequence"
        group = [{ role = "approver" }, { role = "compliance", needed = 2 }]
    "#;
    Policy::load(Some(rules)).unwrap()
}

#[test]
fn the_amount_decides_to_the_cent_and_what_is_not_known_counts_as_the_most() {
    let policy = policy();
    let rule = |template: &str, amount: &str| {
        let fields = [("amount".to_owned(), amount.to_owned())].into();
        let about = About {
            template,
            case_type: "claim",
            amounts: &amounts_of(&fields, None),
        };
        let (needed, rule) = review_rule::rule_for(&policy.review, &about);
        (needed, rule.map_or_else(String::new, |rule| rule.name))
    };
    let large = (3, "Large debits".to_owned());
    assert_eq!(rule("SDN-04", "9999.99 EUR"), (2, "Debits".to_owned()));
    for most in [
        "10000.00 EUR",
        "10000 EUR",
        "-12000 EUR",
        "",
        "10,00 EUR",
        "much",
        "5.00",
        "5.00 USD",
    ] {
        assert_eq!(rule("SDN-04", most), large, "{most:?}");
    }
    assert_eq!(rule("CMP-02", ""), (2, String::new()));
    let totals =
        json!([{"amount": "1.00", "currency": "EUR"}, {"amount": "10000.00", "currency": "EUR"}]);
    let read = amounts_of(&Default::default(), Some(&totals));
    assert_eq!(
        read[1],
        Money {
            amount: "10000.00".parse().unwrap(),
            currency: "EUR".to_owned()
        }
    );
}

#[test]
fn a_rule_that_asks_for_nobody_or_for_an_amount_of_nothing_is_refused_by_name() {
    for wrong in [
        "name = \"x\"",
        "name = \"x\"\nneeded = 2\namount_from = \"5\"",
        "name = \"\"\nneeded = 2",
        "name = \"x\"\norder = \"sequence\"\ngroup = [{ role = \"approver\" }]",
        "name = \"x\"\ngroup = [{ role = \"approver\", needed = 0 }]",
        "name = \"x\"\nneeded = 2\nprders = 1",
    ] {
        let file = format!("[[review.rule]]\n{wrong}\n");
        assert!(Policy::load(Some(&file)).is_err(), "{wrong}");
    }
    assert!(Policy::load(Some("[review]\ndue_hours = 100\n")).is_err());
    assert!(Policy::load(Some("[review]\nreminders = [0]\n")).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// 10,000 random orders of signatures, for oneself and for others: a sequence is approved exactly when somebody who
    /// reads them one after the other has found the groups in their order, of people who appear once and never the maker.
    #[test]
    fn no_order_of_signatures_approves_a_sequence_out_of_turn(
        signed in prop::collection::vec((0..6_usize, prop::option::weighted(0.3, 0..6_usize), 0..200_i64), 0..12),
    ) {
        let request = request(
            Order::Sequence,
            &[(Role::Reviewer, 1), (Role::Approver, 1), (Role::Compliance, 1)],
            3,
        );
        let wanted = [Role::Reviewer, Role::Approver, Role::Compliance];
        let (mut turn, mut seen) = (0, BTreeSet::new());
        let mut signatures = Vec::new();
        for (of, for_whom, at) in signed {
            let for_whom = for_whom.filter(|from| *from != of);
            signatures.push(signature(of, for_whom, at));
            let people: Vec<usize> = std::iter::once(of).chain(for_whom).collect();
            let in_roles = roles(for_whom.unwrap_or(of));
            let deputy = in_roles.contains(&Role::Administrator) && Millis(at) >= DUE;
            let fits = turn < 3 && (in_roles.contains(&wanted[turn]) || deputy);
            if fits && !people.contains(&0) && people.iter().all(|p| !seen.contains(p)) {
                turn += 1;
                seen.extend(people);
            }
            let state = review::state(&request, &signatures, "h", Millis(1_000));
            prop_assert_eq!(state == ReviewState::Approved, turn == 3, "{:?}", signatures);
        }
        let counted = progress(&request, &signatures).counted;
        let mut people: Vec<&PersonId> = counted.iter().flat_map(|n| signatures[*n].people()).collect();
        let all = people.len();
        people.sort_unstable();
        people.dedup();
        prop_assert_eq!(people.len(), all, "nobody counts twice");
    }
}
