//! Receipts, findings, and what time alone decides.

use cache::{FindingFilter, FindingSort, Window};
use domain::{
    Millis,
    record::{AckTrack, Record},
    time::DAY,
};

use crate::given::{self, T0, acknowledges, at, batch, case, document, line, open};

#[tokio::test]
async fn a_receipt_turns_the_track_of_its_document_in_either_order_of_arrival() {
    for receipt_first in [false, true] {
        let (_folder, cache) = open().await;
        let order = Record::Document(document("d1", "850", "4500", at(0)));
        let receipt = Record::Document(acknowledges("r1", &["0001"], AckTrack::Rejected, at(1)));
        let pages = if receipt_first {
            [receipt, order]
        } else {
            [order, receipt]
        };
        for (n, record) in pages.into_iter().enumerate() {
            cache
                .apply(batch("events", &n.to_string(), vec![record]))
                .await
                .unwrap();
        }
        let shown = cache.documents(&["d1".into()]).await.unwrap().remove(0);
        assert_eq!(
            shown.document.ack,
            AckTrack::Rejected,
            "receipt first: {receipt_first}"
        );
        assert_eq!(shown.ack_document_id.as_deref(), Some("r1"));
        let found = cache.findings_of_document("d1").await.unwrap();
        assert!(
            found
                .iter()
                .any(|f| f.finding.rule.as_str() == "ack_rejected")
        );
    }
}

#[tokio::test]
async fn a_receipt_of_another_partner_turns_nothing() {
    let (_folder, cache) = open().await;
    let mut receipt = acknowledges("r1", &["0001"], AckTrack::Rejected, at(1));
    receipt.sender = "ZZ:SOMEBODY".into();
    let order = Record::Document(document("d1", "850", "4500", at(0)));
    cache
        .apply(batch("events", "a", vec![order, Record::Document(receipt)]))
        .await
        .unwrap();
    let shown = cache.documents(&["d1".into()]).await.unwrap().remove(0);
    assert_eq!(shown.document.ack, AckTrack::Pending);
}

#[tokio::test]
async fn a_finding_opens_rides_on_the_case_that_names_its_order_and_closes() {
    let (_folder, cache) = open().await;
    let mut order = document("d1", "850", "4500", at(0));
    order.content.get_or_insert_default().lines = vec![line("1", "10")];
    let mut ship = document("d2", "856", "S-1", at(2));
    ship.order_number = Some("4500".into());
    ship.content.get_or_insert_default().lines = vec![line("1", "7")];
    let records = vec![Record::Document(order), Record::Document(ship.clone())];
    cache.apply(batch("events", "a", records)).await.unwrap();
    let short = || async {
        cache
            .list_findings(
                &FindingFilter::default(),
                FindingSort::Since,
                Window::first(50),
            )
            .await
            .unwrap()
            .items
            .into_iter()
            .find(|f| f.finding.rule.as_str() == "quantity_short")
            .unwrap()
    };
    assert_eq!(short().await.case_id, None);
    let mut dispute = case("1", 1);
    dispute.business_refs = vec![domain::record::BusinessRef {
        kind: "po".into(),
        value: "4500".into(),
    }];
    cache
        .apply(batch("cases", "a", vec![Record::Case(dispute)]))
        .await
        .unwrap();
    let riding = short().await;
    assert_eq!(riding.case_id.as_deref(), Some("1"));
    assert_eq!(riding.state, "open");
    let linked = cache.documents_of_case("1").await.unwrap();
    assert_eq!(linked.len(), 2);
    assert_eq!(
        cache.case("1", "x").await.unwrap().unwrap().open_findings,
        1
    );

    let mut rest = ship;
    rest.id = "d3".into();
    rest.number = "S-2".into();
    rest.content.get_or_insert_default().lines = vec![line("1", "3")];
    cache
        .apply(batch("events", "b", vec![Record::Document(rest)]))
        .await
        .unwrap();
    let closed = short().await;
    assert_eq!((closed.state.as_str(), closed.raised), ("closed", false));
    assert!(closed.closed_at.is_some());
}

#[tokio::test]
async fn time_alone_raises_what_is_overdue() {
    let (_folder, cache) = open().await;
    let order = document("d1", "850", "4500", at(0));
    cache
        .apply(batch("events", "a", vec![Record::Document(order)]))
        .await
        .unwrap();
    let rules = || async {
        let mut rules: Vec<&str> = cache
            .findings_of_document("d1")
            .await
            .unwrap()
            .iter()
            .map(|f| f.finding.rule.as_str())
            .collect();
        rules.sort_unstable();
        rules
    };
    assert!(rules().await.is_empty());
    let early = cache.recheck_due(at(1)).await.unwrap();
    assert!(early.changed.is_empty() && early.next_at.is_some());
    let late = cache.recheck_due(Millis(T0 + 30 * DAY)).await.unwrap();
    assert!(!late.changed.is_empty());
    assert_eq!(rules().await, ["ack_overdue", "missing_acknowledgement"]);
    let again = cache.recheck_due(Millis(T0 + 30 * DAY)).await.unwrap();
    assert!(again.changed.is_empty());
}

#[tokio::test]
async fn another_policy_finds_partners_again_and_applies_every_rule_again() {
    let (_folder, cache) = open().await;
    let order = document("d1", "850", "4500", at(0));
    cache
        .apply(batch("events", "a", vec![Record::Document(order)]))
        .await
        .unwrap();
    assert_eq!(
        cache.documents(&["d1".into()]).await.unwrap()[0]
            .partner_id
            .as_deref(),
        Some("1001")
    );
    let policy = given::policy("9999");
    cache.set_policy(std::sync::Arc::new(policy)).await.unwrap();
    assert_eq!(
        cache.documents(&["d1".into()]).await.unwrap()[0]
            .partner_id
            .as_deref(),
        Some("9999")
    );
    cache.recheck_due(Millis(T0 + 30 * DAY)).await.unwrap();
    let found = cache.findings_of_document("d1").await.unwrap();
    assert!(
        found
            .iter()
            .filter(|f| f.raised)
            .all(|f| f.finding.partner_id.as_deref() == Some("9999"))
    );
}

#[tokio::test]
async fn a_gap_in_control_numbers_opens_after_the_pull_and_closes_when_it_is_filled() {
    let (_folder, cache) = open().await;
    let received = |id: &str, control: &str| {
        let mut it = document(id, "850", id, at(0));
        it.direction = Some(domain::record::Direction::Inbound);
        std::mem::swap(&mut it.sender, &mut it.receiver);
        it.interchange_control = Some(control.to_owned());
        Record::Document(it)
    };
    let records = vec![received("d1", "000000041"), received("d2", "000000043")];
    cache.apply(batch("events", "a", records)).await.unwrap();
    let open = FindingFilter {
        open: Some(true),
        rules: vec!["control_number_gap".into()],
        ..FindingFilter::default()
    };
    cache.recheck_due(at(0)).await.unwrap();
    assert_eq!(cache.count_findings(&open).await.unwrap(), 1);
    let late = received("d3", "000000042");
    cache.apply(batch("events", "b", vec![late])).await.unwrap();
    cache.recheck_due(at(0)).await.unwrap();
    assert_eq!(cache.count_findings(&open).await.unwrap(), 0);
}

#[tokio::test]
async fn a_reference_and_a_marker_that_disagree_are_found_in_either_order_of_arrival() {
    for ticket_first in [false, true] {
        let (_folder, cache) = open().await;
        let mut it = case("1", 1);
        it.external_refs = vec![domain::record::ExternalRef {
            system: "tracker".into(),
            id: "t9".into(),
            url: None,
        }];
        let ticket = domain::record::Ticket {
            id: "t9".into(),
            number: "OPS-9".into(),
            subject: "x".into(),
            status: "open".into(),
            queue: "q".into(),
            owner: None,
            priority: "1".into(),
            case_id: Some("2".into()),
            version: None,
            created_at: at(0),
            updated_at: at(0),
        };
        let mut pages = vec![Record::Case(it), Record::Ticket(ticket.clone())];
        if ticket_first {
            pages.reverse();
        }
        for (n, record) in pages.into_iter().enumerate() {
            cache
                .apply(batch("all", &n.to_string(), vec![record]))
                .await
                .unwrap();
        }
        let found = cache.findings_of_case("1", false).await.unwrap();
        assert_eq!(found.len(), 1, "ticket first: {ticket_first}");
        assert_eq!(found[0].finding.rule.as_str(), "references_disagree");
        let mut agreed = ticket;
        agreed.case_id = Some("1".into());
        cache
            .apply(batch("all", "z", vec![Record::Ticket(agreed)]))
            .await
            .unwrap();
        assert!(cache.findings_of_case("1", false).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_finding_of_a_task_learns_its_partner_when_the_case_comes_later() {
    let (_folder, cache) = open().await;
    let mut overdue = crate::given::task("t1", Some("1"));
    overdue.due_at = Some(at(-1));
    cache
        .apply(batch("tasks", "a", vec![Record::Task(overdue)]))
        .await
        .unwrap();
    cache
        .apply(batch("cases", "a", vec![Record::Case(case("1", 1))]))
        .await
        .unwrap();
    let found = cache.findings_of_case("1", false).await.unwrap();
    assert_eq!(found[0].finding.partner_id.as_deref(), Some("1001"));
}
