//! Business documents and acknowledgements as X12 004010 or EDIFACT D.96A text. Written apart from the reader of the
//! product, so that neither covers a mistake of the other.

use domain::Millis;
use rust_decimal::Decimal;

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Order,
    Change,
    Response,
    ShipNotice,
    Invoice,
    Acknowledgement,
}

/// Family of standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    X12,
    Edifact,
}

impl Family {
    pub(super) fn of(word: &str) -> Self {
        if word == "edifact" { Self::Edifact } else { Self::X12 }
    }

    /// Type word and functional identifier.
    pub(super) const fn type_of(self, kind: Kind) -> (&'static str, &'static str) {
        match (self, kind) {
            (Self::X12, Kind::Order) => ("850", "PO"),
            (Self::X12, Kind::Change) => ("860", "PC"),
            (Self::X12, Kind::Response) => ("855", "PR"),
            (Self::X12, Kind::ShipNotice) => ("856", "SH"),
            (Self::X12, Kind::Invoice) => ("810", "IN"),
            (Self::X12, Kind::Acknowledgement) => ("997", "FA"),
            (Self::Edifact, Kind::Order) => ("ORDERS", ""),
            (Self::Edifact, Kind::Change) => ("ORDCHG", ""),
            (Self::Edifact, Kind::Response) => ("ORDRSP", ""),
            (Self::Edifact, Kind::ShipNotice) => ("DESADV", ""),
            (Self::Edifact, Kind::Invoice) => ("INVOIC", ""),
            (Self::Edifact, Kind::Acknowledgement) => ("CONTRL", ""),
        }
    }
}

/// Outside of a document.
pub(super) struct Envelope<'a> {
    pub(super) family: Family,
    /// `qualifier:id`.
    pub(super) sender: &'a str,
    pub(super) receiver: &'a str,
    pub(super) control: u64,
    pub(super) at: Millis,
}

/// Inside of a business document.
pub(super) struct Paper<'a> {
    pub(super) kind: Kind,
    pub(super) number: &'a str,
    pub(super) order_number: &'a str,
    pub(super) ordered_at: Millis,
    pub(super) issued_at: Millis,
    /// Agreed ship date.
    pub(super) ship_by: Millis,
    pub(super) currency: &'a str,
    pub(super) buyer: (&'a str, &'a str),
    pub(super) seller: (&'a str, &'a str),
    pub(super) rows: Vec<Row>,
}

/// One line.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) line: u32,
    pub(super) product: String,
    pub(super) description: String,
    pub(super) unit: String,
    pub(super) ordered: i64,
    /// What this document says of it.
    pub(super) quantity: i64,
    pub(super) price: Decimal,
}

impl Paper<'_> {
    pub(super) fn total(&self) -> Decimal {
        self.rows.iter().map(|r| r.price * Decimal::from(r.quantity)).sum()
    }

    /// The document in its envelope.
    pub(super) fn write(&self, envelope: &Envelope<'_>) -> Vec<u8> {
        let body = match envelope.family {
            Family::X12 => self.x12(),
            Family::Edifact => self.edifact(),
        };
        wrap(envelope, self.kind, &body)
    }

    fn answer(&self) -> &'static str {
        if self.rows.iter().all(|r| r.quantity == 0) {
            "rejected"
        } else if self.rows.iter().any(|r| r.quantity != r.ordered) {
            "changed"
        } else {
            "accepted"
        }
    }

    fn x12(&self) -> Vec<String> {
        let (issued, ordered) = (day(self.issued_at), day(self.ordered_at));
        let mut out = Vec::new();
        match self.kind {
            Kind::Order => out.push(format!("BEG*00*SA*{}**{issued}", clean(self.number))),
            Kind::Change => out.push(format!("BCH*04*SA*{}***{issued}", clean(self.number))),
            Kind::Response => {
                let word = match self.answer() {
                    "rejected" => "RJ",
                    "changed" => "AC",
                    _ => "AD",
                };
                out.push(format!("BAK*00*{word}*{}*{issued}****{}", clean(self.order_number), clean(self.number)));
            }
            Kind::ShipNotice => {
                out.push(format!("BSN*00*{}*{issued}*{}*0001", clean(self.number), clock(self.issued_at)));
                out.push("HL*1**S".to_owned());
                out.push(format!("DTM*011*{issued}"));
            }
            Kind::Invoice => {
                out.push(format!("BIG*{issued}*{}*{ordered}*{}", clean(self.number), clean(self.order_number)));
            }
            Kind::Acknowledgement => {}
        }
        if self.kind != Kind::ShipNotice {
            out.push(format!("CUR*BY*{}", self.currency));
        }
        if matches!(self.kind, Kind::Order | Kind::Change) {
            out.push(format!("DTM*010*{}", day(self.ship_by)));
        }
        for (role, (name, address)) in [("BY", self.buyer), ("SE", self.seller)] {
            out.push(format!("N1*{role}*{}*{}*{}", clean(name), qualifier(address), id(address)));
        }
        if self.kind == Kind::ShipNotice {
            out.push("HL*2*1*O".to_owned());
            out.push(format!("PRF*{}***{ordered}", clean(self.order_number)));
        }
        for (row, level) in self.rows.iter().zip(3..) {
            let product = clean(&row.product);
            let (line, unit, quantity) = (row.line, &row.unit, row.quantity);
            match self.kind {
                Kind::Order => out.push(format!("PO1*{line}*{quantity}*{unit}*{}**BP*{product}", row.price)),
                Kind::Change => {
                    let code = if row.quantity == row.ordered { "NC" } else { "QI" };
                    out.push(format!(
                        "POC*{line}*{code}*{quantity}*{}*{unit}*{}**BP*{product}",
                        quantity - row.ordered,
                        row.price
                    ));
                }
                Kind::Response => {
                    out.push(format!("PO1*{line}*{}*{unit}*{}**BP*{product}", row.ordered, row.price));
                }
                Kind::ShipNotice => {
                    out.push(format!("HL*{level}*2*I"));
                    out.push(format!("LIN*{line}*BP*{product}"));
                    out.push(format!("SN1*{line}*{quantity}*{unit}**{}*{unit}", row.ordered));
                }
                Kind::Invoice => {
                    out.push(format!("IT1*{line}*{quantity}*{unit}*{}**BP*{product}", row.price));
                }
                Kind::Acknowledgement => {}
            }
            out.push(format!("PID*F****{}", clean(&row.description)));
            if self.kind == Kind::Response {
                let code = match row.quantity {
                    0 => "IR",
                    n if n == row.ordered => "IA",
                    _ => "IQ",
                };
                out.push(format!("ACK*{code}*{quantity}*{unit}*068*{}", day(self.ship_by)));
            }
        }
        if self.kind == Kind::Invoice {
            let cents = (self.total() * Decimal::from(100)).round().normalize();
            out.push(format!("TDS*{cents}"));
        }
        out.push(format!("CTT*{}", self.rows.len()));
        out
    }

    fn edifact(&self) -> Vec<String> {
        let number = escape(self.number);
        let mut out = vec![match self.kind {
            Kind::Order => format!("BGM+220+{number}+9"),
            Kind::Change => format!("BGM+230+{number}+4"),
            Kind::Response => {
                let code = match self.answer() {
                    "rejected" => "27",
                    "changed" => "4",
                    _ => "29",
                };
                format!("BGM+231+{number}+{code}")
            }
            Kind::ShipNotice => format!("BGM+351+{number}+9"),
            _ => format!("BGM+380+{number}+9"),
        }];
        out.push(format!("DTM+137:{}:102", day(self.issued_at)));
        match self.kind {
            Kind::Order | Kind::Change => out.push(format!("DTM+10:{}:102", day(self.ship_by))),
            Kind::ShipNotice => out.push(format!("DTM+11:{}:102", day(self.issued_at))),
            _ => {}
        }
        if self.kind != Kind::Order {
            out.push(format!("RFF+ON:{}", escape(self.order_number)));
        }
        for (role, (name, address)) in [("BY", self.buyer), ("SU", self.seller)] {
            out.push(format!("NAD+{role}+{}::{}++{}", escape(id(address)), qualifier(address), escape(name)));
        }
        if self.kind != Kind::ShipNotice {
            out.push(format!("CUX+2:{}:9", self.currency));
        } else {
            out.push("CPS+1".to_owned());
        }
        for row in &self.rows {
            let action = match self.kind {
                Kind::Response if row.quantity == 0 => "7",
                Kind::Response if row.quantity == row.ordered => "5",
                Kind::Response | Kind::Change => "3",
                _ => "",
            };
            out.push(format!("LIN+{}+{action}+{}:BP", row.line, escape(&row.product)));
            out.push(format!("IMD+F++:::{}", escape(&row.description.chars().take(35).collect::<String>())));
            let unit = &row.unit;
            match self.kind {
                Kind::Response => {
                    out.push(format!("QTY+21:{}:{unit}", row.ordered));
                    out.push(format!("QTY+113:{}:{unit}", row.quantity));
                }
                Kind::ShipNotice => {
                    out.push(format!("QTY+12:{}:{unit}", row.quantity));
                    out.push(format!("QTY+21:{}:{unit}", row.ordered));
                }
                Kind::Invoice => out.push(format!("QTY+47:{}:{unit}", row.quantity)),
                _ => out.push(format!("QTY+21:{}:{unit}", row.quantity)),
            }
            if self.kind != Kind::ShipNotice {
                out.push(format!("PRI+AAA:{}", row.price));
            }
        }
        if self.kind != Kind::ShipNotice {
            out.push("UNS+S".to_owned());
        }
        if self.kind == Kind::Invoice {
            out.push(format!("MOA+77:{}", self.total().normalize()));
        }
        out
    }
}

/// What a functional acknowledgement says.
pub(super) struct Verdict<'a> {
    /// `A`, `E`, `P`, `R`.
    pub(super) code: &'a str,
    pub(super) acknowledged_type: &'a str,
    pub(super) functional_id: &'a str,
    /// Control numbers of the acknowledged interchange, group and set.
    pub(super) control: &'a str,
    pub(super) group: &'a str,
    pub(super) set: &'a str,
    /// The parties of the acknowledged interchange.
    pub(super) original_sender: &'a str,
    pub(super) original_receiver: &'a str,
}

impl Verdict<'_> {
    pub(super) fn write(&self, envelope: &Envelope<'_>) -> Vec<u8> {
        let bad = self.code != "A";
        let body = match envelope.family {
            Family::X12 => {
                let mut out = vec![
                    format!("AK1*{}*{}", self.functional_id, clean(self.group)),
                    format!("AK2*{}*{}", self.acknowledged_type, clean(self.set)),
                ];
                if bad {
                    out.push("AK3*N1*6**8".to_owned());
                    out.push("AK4*4*67*7*UNKNOWN".to_owned());
                    out.push("AK3*REF*9**3".to_owned());
                }
                let set = if self.code == "P" { "E" } else { self.code };
                out.push(if bad { format!("AK5*{set}*5") } else { format!("AK5*{set}") });
                let accepted = u8::from(self.code != "R");
                out.push(format!("AK9*{}*1*1*{accepted}", self.code));
                out
            }
            Family::Edifact => {
                let action = if self.code == "R" { "4" } else { "7" };
                let parties = format!(
                    "{}:{}+{}:{}",
                    id(self.original_sender),
                    qualifier(self.original_sender),
                    id(self.original_receiver),
                    qualifier(self.original_receiver)
                );
                let mut out = vec![
                    format!("UCI+{}+{parties}+{action}", escape(self.control)),
                    format!("UCM+{}+{}:D:96A:UN+{action}", escape(self.set), self.acknowledged_type),
                ];
                if bad {
                    out.push("UCS+6".to_owned());
                    out.push("UCD+12+2:1".to_owned());
                }
                out
            }
        };
        wrap(envelope, Kind::Acknowledgement, &body)
    }
}

fn wrap(envelope: &Envelope<'_>, kind: Kind, body: &[String]) -> Vec<u8> {
    let Envelope { family, sender, receiver, control, at } = envelope;
    let (word, functional) = family.type_of(kind);
    let short: String = day(*at).chars().skip(2).collect();
    let time = clock(*at);
    match family {
        Family::X12 => {
            let mut out = format!(
                "ISA*00*          *00*          *{}*{:<15}*{}*{:<15}*{short}*{time}*U*00401*{control:09}*0*P*>~\n\
                 GS*{functional}*{}*{}*{}*{time}*{control}*X*004010~\nST*{word}*0001~\n",
                qualifier(sender), id(sender), qualifier(receiver), id(receiver), id(sender), id(receiver), day(*at),
            );
            for segment in body {
                out.push_str(segment);
                out.push_str("~\n");
            }
            out.push_str(&format!(
                "SE*{}*0001~\nGE*1*{control}~\nIEA*1*{control:09}~\n",
                body.len() + 2
            ));
            out.into_bytes()
        }
        Family::Edifact => {
            let version = if kind == Kind::Acknowledgement { "D:3:UN" } else { "D:96A:UN" };
            let mut out = format!(
                "UNA:+.? '\nUNB+UNOC:3+{}:{}+{}:{}+{short}:{time}+{control}'\nUNH+1+{word}:{version}'\n",
                id(sender), qualifier(sender), id(receiver), qualifier(receiver),
            );
            for segment in body {
                out.push_str(segment);
                out.push_str("'\n");
            }
            out.push_str(&format!("UNT+{}+1'\nUNZ+1+{control}'\n", body.len() + 2));
            // UNOC is ISO 8859-1; what it lacks is written as a question mark would be read: not at all.
            out.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b' ')).collect()
        }
    }
}

/// How the control number of an interchange is written.
pub(super) fn control_text(family: Family, control: u64) -> String {
    match family {
        Family::X12 => format!("{control:09}"),
        Family::Edifact => control.to_string(),
    }
}

fn qualifier(address: &str) -> &str {
    address.split_once(':').map_or("ZZ", |(qualifier, _)| qualifier)
}

fn id(address: &str) -> &str {
    address.split_once(':').map_or(address, |(_, id)| id)
}

fn day(at: Millis) -> String {
    at.utc().map(|t| t.format("%Y%m%d").to_string()).unwrap_or_default()
}

fn clock(at: Millis) -> String {
    at.utc().map(|t| t.format("%H%M").to_string()).unwrap_or_default()
}

/// X12 has no escape: delimiters go.
fn clean(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '*' | '~' | '>' | '\n') { ' ' } else { c }).collect()
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '+' | ':' | '\'' | '?') {
            out.push('?');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
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
            number: if matches!(kind, Kind::Order | Kind::Change) { "4500771820" } else { "N-1" },
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
            for kind in [Kind::Order, Kind::Change, Kind::Response, Kind::ShipNotice, Kind::Invoice] {
                let envelope = Envelope {
                    family, sender: "ZZ:A", receiver: "ZZ:B", control: 77, at: Millis(1_795_100_000_000),
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
                let read: Vec<_> =
                    document.lines.iter().map(|l| l.quantity(quantity).unwrap().value.as_str()).collect();
                assert_eq!(read, ["48", "40", "0"], "{family:?} {kind:?}");
                assert_eq!(document.lines[1].products[0].value, "BR-2");
            }
        }
    }

    #[test]
    fn an_acknowledgement_is_read_with_its_errors() {
        for family in [Family::X12, Family::Edifact] {
            let envelope = Envelope {
                family, sender: "ZZ:B", receiver: "ZZ:A", control: 5, at: Millis(1_795_100_000_000),
            };
            let control = control_text(family, 77);
            let (acknowledged_type, functional_id) = family.type_of(Kind::Order);
            let bytes = Verdict {
                code: "R", acknowledged_type, functional_id, control: &control, group: "77", set: "0001",
                original_sender: "ZZ:A", original_receiver: "ZZ:B",
            }
            .write(&envelope);
            let reading = edi::read(&bytes);
            assert_eq!(reading.problems, [], "{}", String::from_utf8_lossy(&bytes));
            let ack = reading.acknowledgements().remove(0);
            assert_eq!(ack.sets[0].status.as_ref().unwrap().outcome, edi::ack::Outcome::Rejected);
            assert!(!ack.sets[0].errors.is_empty());
        }
    }
}
