use super::*;
use crate::{
    Millis,
    record::{Agreement, Terms},
};

const CASE: &str = "48300";

fn partner(id: &str, currency: &str, rebate: &str) -> Partner {
    Partner {
        id: id.into(),
        buid: String::new(),
        name: format!("Partner {id}"),
        short_name: id.into(),
        country: "NL".into(),
        agreement: Agreement {
            language: "en".into(),
            currency: currency.into(),
            time_zone: "UTC".into(),
            calendar: String::new(),
            tier: String::new(),
            reply_minutes: 0,
            resolution_minutes: 0,
            address: vec!["Street 1".into()],
            contacts: Vec::new(),
            channels: vec!["letter".into()],
            tolerance_set: String::new(),
            allowed_recipients: Vec::new(),
            identifiers: Vec::new(),
            terms: Terms {
                rebate_percent: rebate.parse().unwrap(),
                payment_days: 30,
            },
        },
        updated_at: Millis(0),
    }
}

fn line(id: usize, partner: &str, amount: &str, currency: &str) -> SettlementLine {
    SettlementLine {
        id: format!("l{id}"),
        partner_id: partner.into(),
        kind: Ok(LineKind::Settlement),
        reference: format!("R-{id}"),
        description: "Goods".into(),
        booked_on: "2026-10-05".into(),
        amount: super::amount(amount).ok_or_else(|| amount.to_owned()),
        currency: currency.into(),
        approved: true,
    }
}

fn planned(lines: Vec<SettlementLine>, partners: Vec<Partner>, before: &[Before]) -> Statements {
    let partners = partners.into_iter().map(|p| (p.id.clone(), p)).collect();
    let (only, left_out) = (BTreeSet::new(), BTreeMap::new());
    let asked = Asked {
        case_id: CASE,
        period: "2026-10",
        carries: true,
        only: &only,
        left_out: &left_out,
        person: "p",
        before,
    };
    plan(lines, &partners, asked, |_| Ok(()))
}

#[test]
fn lines_of_a_thousand_partners_in_three_currencies_come_to_what_was_approved() {
    let currencies = ["EUR", "USD", "JPY"];
    let (mut lines, mut partners) = (Vec::new(), Vec::new());
    let mut approved: BTreeMap<&str, i64> = BTreeMap::new();
    for n in 0..1_000_usize {
        let currency = currencies[n % 3];
        let id = format!("P-{n:04}");
        partners.push(partner(&id, currency, "0"));
        for k in 0..5 {
            let minor = i64::try_from((n * 7_919 + k * 104_729) % 1_000_003).unwrap() - 300_000;
            let amount = Decimal::new(minor, decimals(currency));
            *approved.entry(currency).or_default() += minor;
            lines.push(line(n * 5 + k, &id, &amount.to_string(), currency));
        }
    }
    let found = planned(lines, partners, &[]);
    assert_eq!(found.statements.len() + found.left_out.len(), 1_000);
    for total in &found.totals {
        let statements = found
            .statements
            .iter()
            .filter(|s| s.currency == total.currency);
        let lines: Decimal = statements
            .flat_map(|s| &s.lines)
            .map(|l| l.amount.clone().unwrap())
            .sum();
        assert_eq!(lines, total.approved);
        let expected = Decimal::new(approved[total.currency.as_str()], decimals(&total.currency));
        assert_eq!(total.approved, expected, "{}", total.currency);
    }
}

#[test]
fn two_agreements_on_the_same_lines_give_two_statements() {
    let lines = vec![
        line(1, "A", "1000.10", "EUR"),
        line(2, "B", "1000.10", "EUR"),
    ];
    let partners = vec![partner("A", "EUR", "2.5"), partner("B", "EUR", "0")];
    let found = planned(lines, partners, &[]);
    let [a, b] = found.statements.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (a.amount(a.rebate), a.amount(a.total)),
        ("25.00".into(), "975.10".into())
    );
    assert_eq!(b.amount(b.total), "1000.10");
    assert_eq!(found.totals[0].approved, a.approved + b.approved);
}

#[test]
fn nobody_is_billed_what_is_not_approved_or_nothing_or_in_another_currency() {
    let mut open = line(1, "A", "10", "EUR");
    open.approved = false;
    let mut unknown = line(10, "I", "5", "EUR");
    unknown.kind = Err("bonus".into());
    let lines = vec![
        open,
        line(2, "B", "10", "EUR"),
        line(3, "B", "-10.00", "EUR"),
        line(4, "C", "10", "USD"),
        line(5, "D", "ten", "EUR"),
        line(6, "E", "10.005", "EUR"),
        line(7, "F", "10", "EUR"),
        line(8, "G", "1_000", "EUR"),
        line(9, "H", "+5.00", "EUR"),
        unknown,
    ];
    let partners = ["A", "B", "C", "D", "E", "G", "H", "I"].map(|id| partner(id, "EUR", "0"));
    let found = planned(lines, partners.to_vec(), &[]);
    assert!(found.statements.is_empty());
    let reasons: Vec<&str> = found.left_out.iter().map(|l| l.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "Nothing is approved: 1 lines are not",
            "Its approved lines come to nothing",
            "R-4 is in USD, agreed are EUR",
            "'ten' of R-5 is no amount",
            "10.005 of R-6 is no amount in EUR",
            "This partner is not known",
            "'1_000' of R-8 is no amount",
            "'+5.00' of R-9 is no amount",
            "'bonus' of R-10 is no kind of transaction",
        ]
    );
}

#[test]
fn a_period_is_stated_once_and_again_only_to_whom_it_did_not_reach() {
    let lines = || vec![line(1, "A", "10", "EUR")];
    let partners = || vec![partner("A", "EUR", "0")];
    let first = planned(lines(), partners(), &[]).statements[0]
        .notice
        .clone();
    let before = |standing| Before {
        notice: first.clone(),
        standing,
        at: Millis(1),
    };
    for standing in [Standing::Sent, Standing::Pending, Standing::Held] {
        let again = planned(lines(), partners(), &[before(standing)]);
        assert!(again.statements.is_empty(), "{standing}");
    }
    let failed = planned(lines(), partners(), &[before(Standing::Failed)]);
    assert_eq!(failed.statements[0].notice, format!("{first}.2"));
}

#[test]
fn a_line_that_appears_or_loses_its_approval_is_another_root() {
    let way = |_: &str| ["letter".to_owned(), "en".to_owned(), "Street 1".to_owned()];
    let of = |lines| {
        let found = planned(lines, vec![partner("A", "EUR", "0")], &[]);
        root(&found.statements, ("STM-01", 5), way).unwrap()
    };
    let lines = vec![line(1, "A", "10", "EUR"), line(2, "A", "5", "EUR")];
    let first = of(lines.clone());
    let mut open = line(3, "A", "1", "EUR");
    open.approved = false;
    assert_ne!(first, of([lines.clone(), vec![open]].concat()));
    let mut taken_back = lines.clone();
    taken_back[1].approved = false;
    assert_ne!(first, of(taken_back));
    assert_eq!(first, of(lines.into_iter().rev().collect()));
}

#[test]
fn a_line_is_in_one_period_its_own_or_the_settlements_where_it_was_left_open() {
    let mut later = line(1, "A", "10", "EUR");
    later.booked_on = "2026-11-01".into();
    let mut carried = line(2, "A", "7.50", "EUR");
    carried.booked_on = "2026-09-30".into();
    carried.kind = Ok(LineKind::CarryOver);
    let mut coming = line(3, "A", "3", "EUR");
    coming.booked_on = "2026-12-01".into();
    coming.kind = Ok(LineKind::CarryOver);
    let lines = vec![later, carried, coming];
    let found = planned(lines, vec![partner("A", "EUR", "0")], &[]);
    assert_eq!(
        found.statements[0].amount(found.statements[0].total),
        "7.50"
    );
    assert!(is_period("2026-10") && !is_period("2026-13") && !is_period("2026-1"));
}
