use super::*;
use crate::record::Agreement;
use crate::refusal::Code;

fn partner(id: &str, country: &str) -> Partner {
    Partner {
        id: id.to_owned(),
        buid: String::new(),
        name: format!("Customer {id}"),
        short_name: id.to_owned(),
        country: country.to_owned(),
        agreement: Agreement {
            language: "en".into(),
            currency: "EUR".into(),
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
            terms: crate::record::Terms::default(),
        },
        updated_at: Millis(0),
    }
}

fn partners(ids: &[&str]) -> BTreeMap<String, Partner> {
    let one = |id: &&str| ((*id).to_owned(), partner(id, "NL"));
    ids.iter().map(one).collect()
}

fn line(party: &str, order: &str, product: &str) -> AffectedLine {
    AffectedLine {
        order: order.into(),
        party: party.into(),
        party_name: party.into(),
        product: product.into(),
        description: "Carton".into(),
        quantity: "10".into(),
        unit: "EA".into(),
        ship_date: "2026-12-10".into(),
        shipped: false,
    }
}

fn by(date: &str) -> Told {
    Told {
        dates: BTreeMap::from([(String::new(), date.to_owned())]),
        ..Told::default()
    }
}

fn nothing() -> (BTreeSet<String>, BTreeMap<String, String>) {
    Default::default()
}

fn run(
    lines: &[AffectedLine],
    partners: &BTreeMap<String, Partner>,
    told: &Told,
    before: &[Before],
) -> Outreach {
    let (destinations, left_out) = nothing();
    let asked = Asked {
        case_id: "7",
        told,
        destinations: &destinations,
        left_out: &left_out,
        person: "lena",
        before,
    };
    plan(lines, partners, asked, |_| Ok(()))
}

fn sent(outreach: &Outreach, at: i64) -> Vec<Before> {
    let before = |n: &OutreachNotice| Before {
        notice: n.notice.clone(),
        standing: Standing::Sent,
        at: Millis(at),
    };
    outreach.notices.iter().map(before).collect()
}

#[test]
fn a_customer_with_two_affected_orders_gets_one_notice_that_names_both() {
    let lines = [
        line("P-1", "2", "A"),
        line("P-1", "1", "A"),
        line("P-2", "3", "A"),
    ];
    let found = run(&lines, &partners(&["P-1", "P-2"]), &by("2026-12-20"), &[]);
    assert_eq!((found.orders, found.lines, found.customers), (3, 3, 2));
    assert_eq!(found.notices.len(), 2);
    assert_eq!(found.notices[0].orders(), ["1", "2"]);
    assert_ne!(found.notices[0].notice, found.notices[1].notice);
    assert!(found.notices[0].notice.starts_with("N-7-P-1-"));
}

#[test]
fn the_same_again_reaches_nobody_and_a_new_date_only_those_whose_date_it_is() {
    let ids: Vec<String> = (0..60).map(|i| format!("P-{i:02}")).collect();
    let refs: Vec<&str> = ids.iter().map(String::as_str).collect();
    let lines: Vec<AffectedLine> = refs
        .iter()
        .enumerate()
        .map(|(i, id)| line(id, &i.to_string(), if i < 40 { "B" } else { "A" }))
        .collect();
    let partners = partners(&refs);
    let first = run(&lines, &partners, &by("2026-12-20"), &[]);
    assert_eq!(first.notices.len(), 60);
    let known = sent(&first, 1);
    let again = run(&lines, &partners, &by("2026-12-20"), &known);
    assert!(again.notices.is_empty());
    assert_eq!(again.left_out.len(), 60);
    assert!(again.left_out[0].reason.contains(&first.notices[0].notice));

    let mut later = by("2026-12-20");
    later.dates.insert("B".into(), "2027-01-08".into());
    let second = run(&lines, &partners, &later, &known);
    assert_eq!(second.notices.len(), 40);
    for notice in &second.notices {
        let before = first
            .notices
            .iter()
            .find(|n| n.partner_id == notice.partner_id);
        assert_eq!(notice.supersedes, before.map(|n| n.notice.clone()));
        assert_ne!(Some(&notice.notice), notice.supersedes.as_ref());
    }
    let known: Vec<Before> = known.into_iter().chain(sent(&second, 2)).collect();
    // The third takes the place of the latest one, not of the first.
    later.dates.insert("B".into(), "2027-01-15".into());
    let third = run(&lines, &partners, &later, &known);
    assert_eq!(
        third.notices[0].supersedes,
        Some(second.notices[0].notice.clone())
    );
}

#[test]
fn whom_a_notice_did_not_reach_is_told_again_under_a_number_of_its_own() {
    let lines = [line("P-1", "1", "A")];
    let partners = partners(&["P-1"]);
    let told = by("2026-12-20");
    let first = run(&lines, &partners, &told, &[]);
    let mut known = sent(&first, 1);
    known[0].standing = Standing::Failed;
    let second = run(&lines, &partners, &told, &known);
    assert_eq!(
        second.notices[0].notice,
        format!("{}.2", first.notices[0].notice)
    );
    assert_eq!(second.notices[0].supersedes, None);
    known.extend(sent(&second, 2));
    assert!(run(&lines, &partners, &told, &known).notices.is_empty());
}

#[test]
fn who_has_been_shipped_to_or_cannot_be_reached_is_left_out_with_the_reason() {
    let mut shipped = line("P-1", "1", "A");
    shipped.shipped = true;
    let mut half = line("P-2", "2", "A");
    half.shipped = true;
    let lines = [
        shipped,
        half,
        line("P-2", "3", "A"),
        line("ZZ:UNKNOWN", "4", "A"),
        line("P-3", "5", "A"),
        line("P-4", "6", "A"),
    ];
    let told = by("2026-12-20");
    let destinations = BTreeSet::new();
    let left_out = BTreeMap::from([("P-4".to_owned(), "Told by phone".to_owned())]);
    let asked = Asked {
        case_id: "7",
        told: &told,
        destinations: &destinations,
        left_out: &left_out,
        person: "lena",
        before: &[],
    };
    let known = partners(&["P-1", "P-2", "P-3", "P-4"]);
    let found = plan(&lines, &known, asked, |p| {
        if p.id == "P-3" {
            Err("No address".to_owned())
        } else {
            Ok(())
        }
    });
    assert_eq!(found.notices.len(), 1);
    assert_eq!(found.notices[0].orders(), ["3"]);
    let reasons: Vec<(&str, &str, Option<&str>)> = found
        .left_out
        .iter()
        .map(|l| (l.partner_id.as_str(), l.reason.as_str(), l.by.as_deref()))
        .collect();
    assert_eq!(
        reasons,
        [
            ("P-1", "Everything affected has been shipped", None),
            ("P-3", "No address", None),
            ("P-4", "Told by phone", Some("lena")),
            ("ZZ:UNKNOWN", "No partner is known for this address", None),
        ]
    );
    assert_eq!(found.customers, 5);
}

#[test]
fn destinations_narrow_whom_it_reaches() {
    let mut known = partners(&["P-1", "P-2"]);
    known.insert("P-2".into(), partner("P-2", "de"));
    let lines = [line("P-1", "1", "A"), line("P-2", "2", "A")];
    let told = by("2026-12-20");
    let (_, left_out) = nothing();
    let destinations = BTreeSet::from(["DE".to_owned()]);
    let asked = Asked {
        case_id: "7",
        told: &told,
        destinations: &destinations,
        left_out: &left_out,
        person: "lena",
        before: &[],
    };
    let found = plan(&lines, &known, asked, |_| Ok(()));
    assert_eq!(found.customers, 1);
    assert_eq!(found.notices[0].partner_id, "P-2");
}

#[test]
fn three_kinds_of_content_are_three_notices_and_none_is_refused() {
    let lines = [line("P-1", "1", "A")];
    let known = partners(&["P-1"]);
    let alternatives = Told {
        alternatives: "Carton 600 x 400, 3-ply".into(),
        ..Told::default()
    };
    let update = Told {
        service_update: "The line runs again from Monday".into(),
        ..Told::default()
    };
    let numbers: BTreeSet<String> = [by("2026-12-20"), alternatives, update]
        .iter()
        .map(|told| {
            told.check().unwrap();
            run(&lines, &known, told, &[]).notices[0].notice.clone()
        })
        .collect();
    assert_eq!(numbers.len(), 3);
    for silent in [
        Told::default(),
        by(""),
        Told {
            alternatives: " \n".into(),
            ..Told::default()
        },
    ] {
        assert_eq!(silent.check().unwrap_err().code, Code::Field);
    }
    for wrong in [
        "20.12.2026",
        "2026-2-30",
        "2026-02-30",
        "tomorrow",
        "12026-02-03",
    ] {
        assert_eq!(by(wrong).check().unwrap_err().code, Code::Field, "{wrong}");
    }
}

#[test]
fn whom_it_affects_is_seen_before_anything_is_said() {
    let lines = [line("P-1", "1", "A"), line("P-2", "2", "B")];
    let found = run(&lines, &partners(&["P-1", "P-2"]), &Told::default(), &[]);
    assert_eq!(found.notices.len(), 2);
    assert!(found.left_out.is_empty());
}

#[test]
fn a_date_for_other_products_says_nothing_to_a_customer() {
    let told = Told {
        dates: BTreeMap::from([("B".to_owned(), "2026-12-20".to_owned())]),
        ..Told::default()
    };
    let lines = [line("P-1", "1", "A"), line("P-2", "2", "B")];
    let found = run(&lines, &partners(&["P-1", "P-2"]), &told, &[]);
    assert_eq!(found.notices.len(), 1);
    assert_eq!(
        found.left_out[0].reason,
        "Nothing is said about their products"
    );
}

#[test]
fn another_line_quantity_or_template_is_another_set() {
    let known = partners(&["P-1"]);
    let told = by("2026-12-20");
    let base = run(&[line("P-1", "1", "A")], &known, &told, &[]).notices;
    let mut more = line("P-1", "1", "A");
    more.quantity = "11".into();
    let more = run(&[more], &known, &told, &[]).notices;
    let way = |_: &str| ["email", "en", "a@example.com"].map(str::to_owned);
    let elsewhere = |_: &str| ["email", "en", "b@example.com"].map(str::to_owned);
    let hash = root(&base, ("T", 1), way).unwrap();
    assert_eq!(hash, root(&base.clone(), ("T", 1), way).unwrap());
    assert_ne!(hash, root(&base, ("T", 1), elsewhere).unwrap());
    assert_ne!(hash, root(&more, ("T", 1), way).unwrap());
    assert_ne!(hash, root(&base, ("T", 2), way).unwrap());
    assert_ne!(hash, root(&[], ("T", 1), way).unwrap());
}

#[test]
fn a_date_that_goes_back_is_told_again_under_a_number_of_its_own() {
    let lines = [line("P-1", "1", "A")];
    let partners = partners(&["P-1"]);
    let first = run(&lines, &partners, &by("2026-12-20"), &[]);
    let mut known = sent(&first, 1);
    let second = run(&lines, &partners, &by("2027-01-20"), &known);
    known.extend(sent(&second, 2));
    let third = run(&lines, &partners, &by("2026-12-20"), &known);
    assert_eq!(
        third.notices[0].notice,
        format!("{}.2", first.notices[0].notice)
    );
    assert_eq!(
        third.notices[0].supersedes,
        Some(second.notices[0].notice.clone())
    );
}

#[test]
fn while_a_notice_is_on_its_way_or_held_its_customer_is_told_nothing_else() {
    let lines = [line("P-1", "1", "A")];
    let partners = partners(&["P-1"]);
    let first = run(&lines, &partners, &by("2026-12-20"), &[]);
    for standing in [Standing::Pending, Standing::Held] {
        let mut known = sent(&first, 1);
        known[0].standing = standing;
        for date in ["2026-12-20", "2027-01-20"] {
            let found = run(&lines, &partners, &by(date), &known);
            assert!(found.notices.is_empty());
            assert!(
                found.left_out[0]
                    .reason
                    .starts_with(&first.notices[0].notice)
            );
        }
    }
}

#[test]
fn an_order_that_came_twice_is_named_once() {
    let lines = [line("P-1", "1", "A"), line("P-1", "1", "A")];
    let found = run(&lines, &partners(&["P-1"]), &by("2026-12-20"), &[]);
    assert_eq!(found.notices[0].lines.len(), 1);
}
