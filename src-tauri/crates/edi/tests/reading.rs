//! Envelopes as the world sends them, and what documents say.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::path::Path;

use edi::business::{Answer, DocumentKind, LineChange, ProductKind, QuantityKind};
use edi::{Charset, Reading, Severity, code};
use serde_json::json;

fn file(name: &str) -> Reading {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/files")
        .join(name);
    edi::read(&std::fs::read(path).unwrap())
}

fn codes(reading: &Reading) -> Vec<&str> {
    reading.problems.iter().map(|p| p.code).collect()
}

const ISA: &str = "ISA*00*          *00*          *ZZ*BUYER          *ZZ*SELLER         *261118*1030*^*00501*000000007*0*T*:~";

/// One set in a sound envelope; SE counts itself.
fn x12(set: &str, body: &str) -> Reading {
    let count = body.matches('~').count() + 2;
    edi::read(format!("{ISA}GS*PO*A*B*20261118*1030*7*X*005010~ST*{set}*0001~{body}SE*{count}*0001~GE*1*7~IEA*1*000000007~").as_bytes())
}

fn edifact(message: &str, body: &str) -> Reading {
    let count = body.matches('\'').count() + 2;
    edi::read(format!("UNB+UNOC:3+BUYER:14+SELLER:14+261118:1030+7'UNH+1+{message}:D:96A:UN'{body}UNT+{count}+1'UNZ+1+7'").as_bytes())
}

#[test]
fn json_has_the_documented_shape() {
    let reading = x12("850", "BEG*00*SA*4711**20261118~PO1*1*10*EA*2.5**VP*X~");
    let json = serde_json::to_value(&reading).unwrap();
    assert_eq!(json["standard"], "X12");
    assert_eq!(json["problems"], json!([]));
    let interchange = &json["interchanges"][0];
    assert_eq!(interchange["control_number"], "000000007");
    assert_eq!(interchange["sender"], "ZZ:BUYER");
    assert_eq!(interchange["receiver"], "ZZ:SELLER");
    assert_eq!(interchange["test"], true);
    assert_eq!(interchange["prepared_at"], "2026-11-18T10:30");
    let group = &interchange["groups"][0];
    assert_eq!(group["functional_id"], "PO");
    assert_eq!(group["control_number"], "7");
    let document = &group["documents"][0];
    assert_eq!(document["type"], "850");
    assert_eq!(document["control_number"], "0001");
    assert_eq!(document["number"], "4711");
    assert_eq!(document["segments"], 4);
}

#[test]
fn faults_of_an_envelope_are_named_at_their_place() {
    let text = format!(
        "{ISA}GS*PO*A*B*20261118*1030*7*X*005010~ST*850*0001~BEG*00*SA*1~SE*9*0002~GE*2*8~IEA*1*000000008~"
    );
    let reading = edi::read(text.as_bytes());
    let found: Vec<_> = reading
        .problems
        .iter()
        .map(|p| (p.code, p.position))
        .collect();
    let at = |tag: &str| text.find(tag).unwrap();
    assert_eq!(
        found,
        [
            (code::COUNT_MISMATCH, at("SE*9")),
            (code::CONTROL_MISMATCH, at("SE*9")),
            (code::COUNT_MISMATCH, at("GE*2")),
            (code::CONTROL_MISMATCH, at("GE*2")),
            (code::CONTROL_MISMATCH, at("IEA*1")),
        ]
    );
    assert_eq!(reading.problems[0].segment, Some(5));
}

#[test]
fn a_file_that_ends_early_still_names_its_documents() {
    let text =
        format!("{ISA}GS*PO*A*B*20261118*1030*7*X*005010~ST*850*0001~BEG*00*SA*4711~PO1*1*10*E");
    let reading = edi::read(text.as_bytes());
    assert_eq!(reading.documents()[0].number.as_deref(), Some("4711"));
    assert_eq!(
        codes(&reading),
        [
            code::UNTERMINATED,
            code::TRUNCATED,
            code::TRUNCATED,
            code::TRUNCATED
        ]
    );
    assert!(
        reading
            .problems
            .iter()
            .skip(1)
            .all(|p| p.position == text.len())
    );
}

#[test]
fn lines_cut_at_a_fixed_width_are_put_together() {
    let whole = x12("850", "BEG*00*SA*4711**20261118~PO1*1*10*EA*2.5**VP*X~");
    for separator in ["\n", "\r\n"] {
        let text = format!(
            "{ISA}GS*PO*A*B*20261118*1030*7*X*005010~ST*850*0001~BEG*00*SA*4711**20261118~PO1*1*10*EA*2.5**VP*X~SE*4*0001~GE*1*7~IEA*1*000000007~"
        );
        let chars: Vec<char> = text.chars().collect();
        let lines: Vec<String> = chars.chunks(40).map(|c| c.iter().collect()).collect();
        let reading = edi::read(lines.join(separator).as_bytes());
        assert_eq!(codes(&reading), Vec::<&str>::new());
        assert_eq!(
            reading.documents()[0].lines[0].price,
            whole.documents()[0].lines[0].price
        );
    }
}

#[test]
fn byte_order_mark_and_short_isa_do_not_stop_the_reader() {
    let reading = file("x12/indice-co__x12.850.edi");
    assert_eq!(reading.charset, Charset::Utf8);
    assert_eq!(reading.interchanges[0].sender.to_string(), "01:000123456");
    assert_eq!(reading.documents()[0].number.as_deref(), Some("1000012"));
    let reading = file("x12/ballerina-platform__output.edi");
    assert_eq!(codes(&reading), [code::ISA_LENGTH]);
    assert_eq!(reading.problems[0].severity, Severity::Warning);
    assert_eq!(
        reading.interchanges[0].receiver.to_string(),
        "ZZ:TRICOLINKS"
    );
}

#[test]
fn several_interchanges_and_groups_keep_their_numbers() {
    let reading = file("edifact/hellooops__multiple_transactions.edifact");
    let numbers: Vec<_> = reading
        .interchanges
        .iter()
        .map(|i| i.control_number.as_str())
        .collect();
    assert_eq!(numbers, ["000000128", "000000129"]);
    assert_eq!(reading.interchanges[0].groups[0].control_number, "");
    let groups: Vec<_> = reading.interchanges[1]
        .groups
        .iter()
        .map(|g| g.control_number.as_str())
        .collect();
    assert_eq!(groups, ["GRP001", "GRP002", "GRP003"]);
    assert_eq!(reading.messages().count(), 8);
    assert_eq!(codes(&reading), Vec::<&str>::new());
}

#[test]
fn released_delimiters_are_data() {
    let reading =
        file("edifact/DAXaholic__sample_esc_release_char_before_seg_delimiter_single_line.edi");
    let (_, _, message) = reading.messages().next().unwrap();
    let nad = message.body.iter().find(|s| s.tag == "NAD").unwrap();
    assert_eq!(nad.text(4), Some("Customer='s name"));
    assert_eq!(nad.text(9), Some("x="));
}

#[test]
fn bytes_that_are_not_utf8_are_latin1_with_right_offsets() {
    let bytes = b"UNB+UNOC:3+A:14+B:14+261118:1030+7'UNH+1+ORDERS:D:96A:UN'BGM+220+4711'NAD+BY+++M\xfcller'UNT+9+1'UNZ+1+7'";
    let reading = edi::read(bytes);
    assert_eq!(reading.charset, Charset::Latin1);
    let order = &reading.documents()[0];
    assert_eq!(order.party("BY").unwrap().name.as_deref(), Some("Müller"));
    let place = bytes.windows(3).position(|w| w == b"UNT").unwrap();
    assert_eq!(reading.problems[0].position, place);
}

#[test]
fn sets_without_envelope_are_named_and_reported() {
    let reading = file("x12/ballerina-platform__message-4.edi");
    assert_eq!(codes(&reading), [code::NO_ENVELOPE]);
    assert_eq!(reading.messages().next().unwrap().2.kind, "278");
    let reading = file("edifact/hupe1980__d01b_orders_conforming.edi");
    assert_eq!(codes(&reading), [code::NO_ENVELOPE]);
    assert_eq!(reading.documents()[0].number.as_deref(), Some("ORD-1001"));
}

#[test]
fn a_letter_as_terminator_is_refused_with_the_parties_named() {
    let reading = file("x12/walmartlabs__x12.no.line.break.no.delim.txt");
    assert!(codes(&reading).contains(&code::BAD_DELIMITERS));
    assert_eq!(reading.interchanges[0].control_number, "000000049");
}

#[test]
fn binary_data_may_hold_delimiters() {
    let reading = x12("841", "BIN*8*ab~cd*e~~");
    let (_, _, message) = reading.messages().next().unwrap();
    assert_eq!(message.body[1].text(2), Some("ab~cd*e~"));
    let codes = codes(&reading);
    assert_eq!(codes, [code::COUNT_MISMATCH], "x12() counts every tilde");
}

#[test]
fn order_says_who_wants_what_when() {
    let order = x12("850", "BEG*00*SA*4711**20261118~CUR*BY*USD~DTM*002*20261201~N1*ST*Dock 4*92*D4~PO1*1*10*EA*2.50**IN*A*VP*B*UP*012345678905~PID*F****A bolt~PO1*2*2.5*KG*1~CTT*2~AMT*TT*27.5~")
        .documents()
        .remove(0);
    assert_eq!(order.kind, DocumentKind::Order);
    assert_eq!(order.order_number.as_deref(), Some("4711"));
    assert_eq!(order.dates.issued.as_deref(), Some("2026-11-18"));
    assert_eq!(
        order.dates.delivery_requested.as_deref(),
        Some("2026-12-01")
    );
    assert_eq!(order.currency.as_deref(), Some("USD"));
    assert_eq!(order.total.as_deref(), Some("27.5"));
    assert_eq!(order.party("ST").unwrap().id.as_deref(), Some("D4"));
    let line = &order.lines[0];
    let kinds: Vec<_> = line.products.iter().map(|p| p.kind).collect();
    assert_eq!(
        kinds,
        [ProductKind::Buyer, ProductKind::Vendor, ProductKind::Gtin]
    );
    assert_eq!(line.description.as_deref(), Some("A bolt"));
    assert_eq!(
        order.lines[1]
            .quantity(QuantityKind::Ordered)
            .unwrap()
            .scaled(3),
        Some(2500)
    );
}

#[test]
fn response_adds_schedules_and_refuses_by_code() {
    let response = x12("855", "BAK*00*AC*4711*20261118****900~PO1*1*10*EA*2**IN*A~ACK*IQ*4*EA*067*20261121~ACK*IA*3*EA~ACK*IB*3*EA~PO1*2*5*EA*2**IN*B~ACK*IR~PO1*3*5*EA*2**IN*C~")
        .documents()
        .remove(0);
    assert_eq!(response.number.as_deref(), Some("900"));
    assert_eq!(response.order_number.as_deref(), Some("4711"));
    assert_eq!(response.answer, Some(Answer::Changed));
    let confirmed: Vec<_> = response
        .lines
        .iter()
        .map(|l| {
            l.quantity(QuantityKind::Acknowledged)
                .unwrap()
                .value
                .as_str()
        })
        .collect();
    assert_eq!(confirmed, ["7", "0", "5"]);
    assert_eq!(response.lines[0].status, ["IQ", "IA", "IB"]);
    assert_eq!(response.lines[0].date.as_deref(), Some("2026-11-21"));
}

#[test]
fn ship_notice_lines_carry_the_order_of_their_level() {
    let notice = x12("856", "BSN*00*S1*20261119*1030~HL*1**S~DTM*011*20261119~N1*SF*Store~HL*2*1*O~PRF*4711~HL*3*2*P~HL*4*3*I~LIN*1*IN*A~SN1**4*EA~N1*MF*Maker~HL*5*1*O~PRF*4712~HL*6*5*I~LIN*1*IN*B~SN1**5*EA**6*EA~")
        .documents()
        .remove(0);
    let orders: Vec<_> = notice
        .lines
        .iter()
        .map(|l| l.order_number.as_deref().unwrap())
        .collect();
    assert_eq!(orders, ["4711", "4712"]);
    assert_eq!(notice.order_numbers(), ["4711", "4712"]);
    assert_eq!(notice.dates.shipped.as_deref(), Some("2026-11-19"));
    assert_eq!(notice.parties.len(), 1);
    assert_eq!(
        notice.lines[1]
            .quantity(QuantityKind::Shipped)
            .unwrap()
            .value,
        "5"
    );
    assert_eq!(
        notice.lines[1]
            .quantity(QuantityKind::Ordered)
            .unwrap()
            .value,
        "6"
    );
}

#[test]
fn invoice_total_has_two_implied_places() {
    let invoice = x12(
        "810",
        "BIG*20261120*I1*20261118*4711***DI~IT1*1*3*EA*1.05**UA*002840022222~TDS*315~CTT*1~",
    )
    .documents()
    .remove(0);
    assert_eq!(invoice.total.as_deref(), Some("3.15"));
    assert_eq!(invoice.order_number.as_deref(), Some("4711"));
    assert!(!invoice.credit);
    assert_eq!(
        invoice.lines[0]
            .quantity(QuantityKind::Invoiced)
            .unwrap()
            .value,
        "3"
    );
}

#[test]
fn change_names_what_happens_to_each_line() {
    let change = x12(
        "860",
        "BCH*04*SA*4711**1*20261119~POC*1*QD*8**EA*2**IN*A~POC*2*DI*0**EA~POC*3*AI*1**EA*9**IN*C~",
    )
    .documents()
    .remove(0);
    assert_eq!(change.kind, DocumentKind::OrderChange);
    let changes: Vec<_> = change.lines.iter().map(|l| l.change.unwrap()).collect();
    assert_eq!(
        changes,
        [LineChange::Changed, LineChange::Deleted, LineChange::Added]
    );
    assert_eq!(
        change.lines[0]
            .quantity(QuantityKind::Ordered)
            .unwrap()
            .value,
        "8"
    );
}

#[test]
fn edifact_prices_count_per_basis_and_totals_by_meaning() {
    let invoice = edifact("INVOIC", "BGM+380+I1+9'DTM+137:20261120:102'RFF+ON:4711'NAD+SU+5412345000013::9++Store:Ltd'CUX+2:EUR:4'LIN+1++4047943235126:EN'PIA+5+2459013:BP'QTY+47:3000:PCE'PRI+AAB:99'PRI+AAA:24.1:::100'UNS+S'MOA+79:700'MOA+77:723.12'")
        .documents()
        .remove(0);
    assert_eq!(invoice.total.as_deref(), Some("723.12"));
    assert_eq!(invoice.currency.as_deref(), Some("EUR"));
    assert_eq!(invoice.lines[0].unit_price(), edi::parse_decimal("0.241"));
    let supplier = invoice.party("SU").unwrap();
    assert_eq!(supplier.name.as_deref(), Some("Store Ltd"));
    assert_eq!(supplier.id_qualifier.as_deref(), Some("9"));
    let kinds: Vec<_> = invoice.lines[0].products.iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [ProductKind::Gtin, ProductKind::Buyer]);
}

#[test]
fn edifact_response_line_action_confirms_or_refuses() {
    let response = edifact("ORDRSP", "BGM+231+900+29'RFF+ON:4711'LIN+1+5+A:SA'QTY+21:10:PCE'LIN+2+7+B:SA'QTY+21:4:PCE'LIN+3+3+C:SA'QTY+21:9:PCE'QTY+113:5:PCE'UNS+S'")
        .documents()
        .remove(0);
    assert_eq!(response.answer, Some(Answer::Accepted));
    let confirmed: Vec<_> = response
        .lines
        .iter()
        .map(|l| {
            l.quantity(QuantityKind::Acknowledged)
                .unwrap()
                .value
                .as_str()
        })
        .collect();
    assert_eq!(confirmed, ["10", "0", "5"]);
}

#[test]
fn credit_note_is_a_credit() {
    let credit = edifact("INVOIC", "BGM+381+C1+9'RFF+ON:4711'UNS+S'")
        .documents()
        .remove(0);
    assert!(credit.credit);
    assert_eq!(credit.seller().to_string(), "14:BUYER");
}
