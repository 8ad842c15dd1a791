//! Business documents and acknowledgements as X12 004010 or EDIFACT D.96A text.

mod verdict;

use chrono::{Datelike, Timelike};
use domain::Millis;
use edi::write::{Body, EdifactWriter, Stamp, X12Writer};
use rust_decimal::Decimal;

pub(super) use verdict::Verdict;

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
        if word == "edifact" {
            Self::Edifact
        } else {
            Self::X12
        }
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
        self.rows
            .iter()
            .map(|r| r.price * Decimal::from(r.quantity))
            .sum()
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

    fn x12(&self) -> Vec<Segment> {
        let (issued, ordered) = (day(self.issued_at), day(self.ordered_at));
        let (number, order) = (self.number, self.order_number);
        let mut out = vec![match self.kind {
            Kind::Order => x12("BEG|00|SA|{}||{}", &[number, &issued]),
            Kind::Change => x12("BCH|04|SA|{}|||{}", &[number, &issued]),
            Kind::Response => {
                let word = match self.answer() {
                    "rejected" => "RJ",
                    "changed" => "AC",
                    _ => "AD",
                };
                x12("BAK|00|{}|{}|{}||||{}", &[word, order, &issued, number])
            }
            Kind::ShipNotice => x12(
                "BSN|00|{}|{}|{}|0001",
                &[number, &issued, &clock(self.issued_at)],
            ),
            Kind::Invoice | Kind::Acknowledgement => {
                x12("BIG|{}|{}|{}|{}", &[&issued, number, &ordered, order])
            }
        }];
        if self.kind == Kind::ShipNotice {
            out.push(x12("HL|1||S", &[]));
            out.push(x12("DTM|011|{}", &[&issued]));
        } else {
            out.push(x12("CUR|BY|{}", &[self.currency]));
        }
        if matches!(self.kind, Kind::Order | Kind::Change) {
            out.push(x12("DTM|010|{}", &[&day(self.ship_by)]));
        }
        for (role, (name, address)) in [("BY", self.buyer), ("SE", self.seller)] {
            out.push(x12(
                "N1|{}|{}|{}|{}",
                &[role, name, qualifier(address), id(address)],
            ));
        }
        if self.kind == Kind::ShipNotice {
            out.push(x12("HL|2|1|O", &[]));
            out.push(x12("PRF|{}|||{}", &[order, &ordered]));
        }
        for (row, level) in self.rows.iter().zip(3..) {
            self.x12_line(row, level, &mut out);
        }
        if self.kind == Kind::Invoice {
            let cents = (self.total() * Decimal::from(100))
                .round()
                .normalize()
                .to_string();
            out.push(x12("TDS|{}", &[&cents]));
        }
        out.push(x12("CTT|{}", &[&self.rows.len().to_string()]));
        out
    }

    fn x12_line(&self, row: &Row, level: u32, out: &mut Vec<Segment>) {
        let (product, unit) = (row.product.as_str(), row.unit.as_str());
        let (line, price) = (row.line.to_string(), row.price.to_string());
        let (quantity, ordered) = (row.quantity.to_string(), row.ordered.to_string());
        match self.kind {
            Kind::Order => {
                out.push(x12(
                    "PO1|{}|{}|{}|{}||BP|{}",
                    &[&line, &quantity, unit, &price, product],
                ));
            }
            Kind::Change => {
                let code = if row.quantity == row.ordered {
                    "NC"
                } else {
                    "QI"
                };
                let difference = (row.quantity - row.ordered).to_string();
                let values = [&line, code, &quantity, &difference, unit, &price, product];
                out.push(x12("POC|{}|{}|{}|{}|{}|{}||BP|{}", &values));
            }
            Kind::Response => {
                out.push(x12(
                    "PO1|{}|{}|{}|{}||BP|{}",
                    &[&line, &ordered, unit, &price, product],
                ));
            }
            Kind::ShipNotice => {
                out.push(x12("HL|{}|2|I", &[&level.to_string()]));
                out.push(x12("LIN|{}|BP|{}", &[&line, product]));
                out.push(x12(
                    "SN1|{}|{}|{}||{}|{}",
                    &[&line, &quantity, unit, &ordered, unit],
                ));
            }
            Kind::Invoice | Kind::Acknowledgement => {
                out.push(x12(
                    "IT1|{}|{}|{}|{}||BP|{}",
                    &[&line, &quantity, unit, &price, product],
                ));
            }
        }
        out.push(x12("PID|F||||{}", &[&row.description]));
        if self.kind == Kind::Response {
            let code = match row.quantity {
                0 => "IR",
                n if n == row.ordered => "IA",
                _ => "IQ",
            };
            out.push(x12(
                "ACK|{}|{}|{}|068|{}",
                &[code, &quantity, unit, &day(self.ship_by)],
            ));
        }
    }

    fn edifact(&self) -> Vec<Segment> {
        let (name, function) = match self.kind {
            Kind::Order => ("220", "9"),
            Kind::Change => ("230", "4"),
            Kind::Response => (
                "231",
                match self.answer() {
                    "rejected" => "27",
                    "changed" => "4",
                    _ => "29",
                },
            ),
            Kind::ShipNotice => ("351", "9"),
            Kind::Invoice | Kind::Acknowledgement => ("380", "9"),
        };
        let mut out = vec![
            edifact("BGM|{}|{}|{}", &[name, self.number, function]),
            edifact("DTM|137^{}^102", &[&day(self.issued_at)]),
        ];
        match self.kind {
            Kind::Order | Kind::Change => {
                out.push(edifact("DTM|10^{}^102", &[&day(self.ship_by)]));
            }
            Kind::ShipNotice => out.push(edifact("DTM|11^{}^102", &[&day(self.issued_at)])),
            _ => {}
        }
        if self.kind != Kind::Order {
            out.push(edifact("RFF|ON^{}", &[self.order_number]));
        }
        for (role, (name, address)) in [("BY", self.buyer), ("SU", self.seller)] {
            out.push(edifact(
                "NAD|{}|{}^^{}||{}",
                &[role, id(address), qualifier(address), name],
            ));
        }
        out.push(match self.kind {
            Kind::ShipNotice => edifact("CPS|1", &[]),
            _ => edifact("CUX|2^{}^9", &[self.currency]),
        });
        for row in &self.rows {
            self.edifact_line(row, &mut out);
        }
        if self.kind != Kind::ShipNotice {
            out.push(edifact("UNS|S", &[]));
        }
        if self.kind == Kind::Invoice {
            out.push(edifact(
                "MOA|77^{}",
                &[&self.total().normalize().to_string()],
            ));
        }
        out
    }

    fn edifact_line(&self, row: &Row, out: &mut Vec<Segment>) {
        let action = match self.kind {
            Kind::Response if row.quantity == 0 => "7",
            Kind::Response if row.quantity == row.ordered => "5",
            Kind::Response | Kind::Change => "3",
            _ => "",
        };
        out.push(edifact(
            "LIN|{}|{}|{}^BP",
            &[&row.line.to_string(), action, &row.product],
        ));
        let description: String = row.description.chars().take(35).collect();
        out.push(edifact("IMD|F||^^^{}", &[&description]));
        let mut quantity = |qualifier: &str, value: i64| {
            out.push(edifact(
                "QTY|{}^{}^{}",
                &[qualifier, &value.to_string(), &row.unit],
            ));
        };
        match self.kind {
            Kind::Response => {
                quantity("21", row.ordered);
                quantity("113", row.quantity);
            }
            Kind::ShipNotice => {
                quantity("12", row.quantity);
                quantity("21", row.ordered);
            }
            Kind::Invoice => quantity("47", row.quantity),
            _ => quantity("21", row.quantity),
        }
        if self.kind != Kind::ShipNotice {
            out.push(edifact("PRI|AAA^{}", &[&row.price.to_string()]));
        }
    }
}

/// Elements of a segment, each with its components; the first is the tag.
type Segment = Vec<Vec<String>>;

/// A segment from a pattern: `|` parts elements, `^` components, `{}` takes the next value, whatever it contains.
fn edifact(pattern: &str, values: &[&str]) -> Segment {
    let mut values = values.iter();
    let mut fill = |part: &str| match part {
        "{}" => values.next().map(|v| (*v).to_owned()).unwrap_or_default(),
        fixed => fixed.to_owned(),
    };
    pattern
        .split('|')
        .map(|element| element.split('^').map(&mut fill).collect())
        .collect()
}

/// The same without components.
fn x12(pattern: &str, values: &[&str]) -> Segment {
    edifact(pattern, values)
}

fn wrap(envelope: &Envelope<'_>, kind: Kind, segments: &[Segment]) -> Vec<u8> {
    let Envelope {
        family,
        sender,
        receiver,
        control,
        at,
    } = envelope;
    let (word, functional) = family.type_of(kind);
    let stamp = at.utc().map_or_else(
        || Stamp::new(1970, 1, 1, 0, 0),
        |t| Stamp::new(t.year(), t.month(), t.day(), t.hour(), t.minute()),
    );
    let fill = |body: &mut Body| {
        for segment in segments {
            let parts: Vec<Vec<&str>> = segment
                .iter()
                .map(|e| e.iter().map(String::as_str).collect())
                .collect();
            let parts: Vec<&[&str]> = parts.iter().map(Vec::as_slice).collect();
            body.composite(&parts);
        }
    };
    match family {
        Family::X12 => {
            let control = u32::try_from(*control).unwrap_or(u32::MAX);
            X12Writer::new(sender, receiver, control, stamp, false)
                .line_breaks()
                .group(functional, control)
                .transaction(word, "0001", fill)
                .finish()
                .into_bytes()
        }
        Family::Edifact => {
            let version = if kind == Kind::Acknowledgement {
                "D:3:UN"
            } else {
                "D:96A:UN"
            };
            let text = EdifactWriter::new(sender, receiver, &control.to_string(), stamp, false)
                .line_breaks()
                .message(word, version, "1", fill)
                .finish();
            // UNOC is ISO 8859-1; a character it lacks is left blank.
            text.chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b' '))
                .collect()
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
    address
        .split_once(':')
        .map_or("ZZ", |(qualifier, _)| qualifier)
}

fn id(address: &str) -> &str {
    address.split_once(':').map_or(address, |(_, id)| id)
}

fn day(at: Millis) -> String {
    at.utc()
        .map(|t| t.format("%Y%m%d").to_string())
        .unwrap_or_default()
}

fn clock(at: Millis) -> String {
    at.utc()
        .map(|t| t.format("%H%M").to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
