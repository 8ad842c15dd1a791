//! Bytes of the seeded documents: a small PDF writer and the texts of orders, acknowledgements and ship notices.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::scenario::{OrderSpec, PartnerSpec};

/// A one-page PDF with lines of text.
pub(super) fn pdf(lines: &[String]) -> Bytes {
    let mut content = String::from("BT /F1 11 Tf 14 TL 56 786 Td\n");
    for line in lines.iter().take(50) {
        let plain: String = line
            .chars()
            .map(|c| {
                if c.is_ascii() && !c.is_control() {
                    c
                } else {
                    '?'
                }
            })
            .collect();
        let escaped = plain
            .replace('\\', "\\\\")
            .replace('(', "\\(")
            .replace(')', "\\)");
        let _ = writeln!(content, "({escaped}) Tj T*");
    }
    content.push_str("ET\n");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>".to_owned(),
        format!("<</Length {}>>\nstream\n{content}endstream", content.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut out = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        let _ = write!(out, "{} 0 obj\n{object}\nendobj\n", i + 1);
    }
    let xref = out.len();
    let _ = write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for offset in offsets {
        let _ = writeln!(out, "{offset:010} 00000 n ");
    }
    let size = objects.len() + 1;
    let _ = write!(
        out,
        "trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n"
    );
    Bytes::from(out)
}

fn head(
    title: &str,
    number: &str,
    order: &OrderSpec,
    partner: Option<&PartnerSpec>,
) -> Vec<String> {
    vec![
        format!("{title} {number}"),
        format!("Order {}", order.number),
        format!(
            "Partner {}",
            partner.map_or(order.partner_id.as_str(), |p| p.name.as_str())
        ),
        String::new(),
    ]
}

/// The order as we wrote it.
pub(super) fn order(order: &OrderSpec, partner: Option<&PartnerSpec>) -> Vec<String> {
    let mut lines = head("Purchase order", &order.number, order, partner);
    for l in &order.lines {
        lines.push(format!(
            "{:>3}  {:<14} {:<32} {:>6} {} at {} {}",
            l.line, l.product, l.description, l.quantity, l.unit, l.price, order.currency
        ));
    }
    lines
}

/// The acknowledgement as the partner wrote it.
pub(super) fn acknowledgement(order: &OrderSpec, partner: Option<&PartnerSpec>) -> Vec<String> {
    let mut lines = head("Order acknowledgement", &order.number, order, partner);
    for l in &order.lines {
        lines.push(format!(
            "{:>3}  {:<14} {:>6} {} acknowledged",
            l.line, l.product, l.acknowledged, l.unit
        ));
    }
    lines
}

/// The packing list of the shipment.
pub(super) fn packing_list(order: &OrderSpec, partner: Option<&PartnerSpec>) -> Vec<String> {
    let mut lines = head("Packing list", &order.asn, order, partner);
    for l in &order.lines {
        lines.push(format!(
            "{:>3}  {:<14} {:<32} {:>6} {}",
            l.line, l.product, l.description, l.shipped, l.unit
        ));
    }
    lines
}

/// The invoice as the partner billed it.
pub(super) fn invoice(order: &OrderSpec, partner: Option<&PartnerSpec>) -> Vec<String> {
    let mut lines = head("Invoice", &order.invoice, order, partner);
    for l in &order.lines {
        lines.push(format!(
            "{:>3}  {:<14} {:>6} {} at {} {}",
            l.line, l.product, l.billed, l.unit, l.billed_price, order.currency
        ));
    }
    lines
}
