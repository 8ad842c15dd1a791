use super::*;

fn paper(kind: Kind) -> Paper<'static> {
    let row = |line, quantity| Row {
        line,
        product: format!("BR-{line}"),
        description: "Oats + honey: 6 × 400 g".into(),
        unit: "CS".into(),
        ordered: 48,
        quantity,
        price: Decimal::new(3420, 2),
    };
    Paper {
        kind,
        number: if matches!(kind, Kind::Order | Kind::Change) {
            "4500771820"
        } else {
            "N-1"
        },
        order_number: "4500771820",
        ordered_at: Millis(1_795_000_000_000),
        issued_at: Millis(1_795_100_000_000),
        ship_by: Millis(1_795_600_000_000),
        currency: "EUR",
        buyer: ("Corvane Supply B.V.", "ZZ:CORVANE"),
        seller: ("Bramblewick Foods Ltd", "ZZ:BRAMBLEWICK"),
        rows: vec![row(1, 48), row(2, 40), row(3, 0)],
    }
}

#[test]
fn the_reader_finds_no_fault_and_every_figure() {
    for family in [Family::X12, Family::Edifact] {
        for kind in [
            Kind::Order,
            Kind::Change,
            Kind::Response,
            Kind::ShipNotice,
            Kind::Invoice,
        ] {
            let envelope = Envelope {
                family,
                sender: "ZZ:A",
                receiver: "ZZ:B",
                control: 77,
                at: Millis(1_795_100_000_000),
            };
            let bytes = paper(kind).write(&envelope);
            let reading = edi::read(&bytes);
            assert_eq!(reading.problems, [], "{}", String::from_utf8_lossy(&bytes));
            let document = reading.documents().remove(0);
            assert_eq!(document.message_type, family.type_of(kind).0);
            assert_eq!(document.order_number.as_deref(), Some("4500771820"));
            let quantity = match kind {
                Kind::Response => edi::business::QuantityKind::Acknowledged,
                Kind::ShipNotice => edi::business::QuantityKind::Shipped,
                Kind::Invoice => edi::business::QuantityKind::Invoiced,
                _ => edi::business::QuantityKind::Ordered,
            };
            let read: Vec<_> = document
                .lines
                .iter()
                .map(|l| l.quantity(quantity).unwrap().value.as_str())
                .collect();
            assert_eq!(read, ["48", "40", "0"], "{family:?} {kind:?}");
            assert_eq!(document.lines[1].products[0].value, "BR-2");
        }
    }
}

#[test]
fn an_acknowledgement_is_read_with_its_errors() {
    for family in [Family::X12, Family::Edifact] {
        let envelope = Envelope {
            family,
            sender: "ZZ:B",
            receiver: "ZZ:A",
            control: 5,
            at: Millis(1_795_100_000_000),
        };
        let control = control_text(family, 77);
        let (acknowledged_type, functional_id) = family.type_of(Kind::Order);
        let bytes = Verdict {
            code: "R",
            acknowledged_type,
            functional_id,
            control: &control,
            group: "77",
            set: "0001",
            original_sender: "ZZ:A",
            original_receiver: "ZZ:B",
        }
        .write(&envelope);
        let reading = edi::read(&bytes);
        assert_eq!(reading.problems, [], "{}", String::from_utf8_lossy(&bytes));
        let ack = reading.acknowledgements().remove(0);
        assert_eq!(
            ack.sets[0].status.as_ref().unwrap().outcome,
            edi::ack::Outcome::Rejected
        );
        assert!(!ack.sets[0].errors.is_empty());
    }
}
