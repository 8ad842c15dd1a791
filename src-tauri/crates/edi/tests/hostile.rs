//! Bytes of any kind: nothing panics, places lie in the file, work stays bounded.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::time::{Duration, Instant};

use proptest::prelude::*;

/// Reads and derives everything that can be derived.
fn read_all(bytes: &[u8]) -> edi::Reading {
    let reading = edi::read(bytes);
    for problem in &reading.problems {
        assert!(problem.position <= bytes.len(), "{problem:?}");
    }
    for document in reading.documents() {
        let _ = document.order_numbers();
        for line in &document.lines {
            let _ = line.unit_price();
            for quantity in &line.quantities {
                let _ = quantity.scaled(3);
            }
        }
    }
    let _ = reading.acknowledgements();
    let _ = serde_json::to_string(&reading).unwrap();
    reading
}

/// Pieces that envelopes and documents are made of, in any order and half cut.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: [&str; 40] = [
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261118*1030*^*00501*000000001*0*T*>~",
        "ISA*00**00**ZZ*A*ZZ*B*261118*1030*U*00401*1*0*P*>\n",
        "ISA*00\n",
        "ISA",
        "GS*PO*A*B*20261118*1030*1*X*005010~",
        "ST*850*0001~",
        "ST*856*0002~",
        "ST*997*3~",
        "BEG*00*SA*4711**20261118~",
        "PO1*1*10*EA*2.50*HP*VP*X~",
        "ACK*IQ*9*EA*067*20261121~",
        "HL*1**S~HL*2*1*O~PRF*4711~HL*3*2*I~",
        "HL*1*1*I~",
        "LIN**VP*X~",
        "SN1**99999999999999999999999999999*EA~",
        "BIN*9999999999*",
        "BIN*3*~~~~",
        "AK1*PO*1~AK2*850*1~AK3*PO1*99999999999999~AK4*1:2*3*7*x~",
        "AK4~AK5*R~AK9*R~",
        "SE*3*0001~",
        "GE*1*1~",
        "IEA*1*000000001~",
        "TA1*1*1*1*R*025~",
        "UNA:+.? '",
        "UNA:::::'",
        "UNA",
        "UNB+UNOC:3+A:14+B:14+261118:1030+1'",
        "UNB\u{1d}UNOB\u{1f}4\u{1d}A",
        "UNH+1+ORDRSP:D:96A:UN'",
        "UNH+1+CONTRL:D:3:UN'",
        "UCI+1+A+B+7'UCM+1+ORDERS+4'UCS+2+12'UCD+12+1:1'",
        "BGM+220+4711+9'",
        "LIN+1++X:SA'QTY+21:10:PCE'PRI+AAA:1:::0'",
        "UNS+S'",
        "UNT+5+1'",
        "UNZ+1+1'",
        "\u{feff}",
        "\r\n",
        "?",
        "\u{2026}",
    ];
    let piece = prop_oneof![
        4 => proptest::sample::select(&PIECES[..]).prop_map(|p| p.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
    ];
    (
        proptest::collection::vec(piece, 0..24),
        any::<proptest::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(pieces, cut, whole)| {
            let mut bytes = pieces.concat();
            if !whole && !bytes.is_empty() {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        })
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        read_all(&bytes);
    }

    #[test]
    fn any_order_of_segments_never_panics(bytes in pieces()) {
        read_all(&bytes);
    }

    #[test]
    fn any_text_as_receipt_never_panics(text in "(Disposition|MIC|Original-Message-ID|[ -~é]){0,40}(: ?[ -~]{0,20}[;/:\n ]){0,20}") {
        let part = format!("--b\r\nContent-Type: message/disposition-notification\r\n\r\n{text}");
        let _ = edi::ack::read_mdn("multipart/report; boundary=b", part.as_bytes());
        let _ = edi::ack::read_mdn(&text, text.as_bytes());
    }
}

#[test]
fn nothing_at_all_is_a_located_problem() {
    let reading = read_all(b"");
    assert_eq!(reading.problems[0].code, edi::code::EMPTY);
    let reading = read_all(b"hello");
    assert_eq!(reading.problems[0].code, edi::code::NO_ENVELOPE);
}

/// Shapes that would make a careless reader look through the rest of the file
/// again and again. The limit is generous; quadratic work would take minutes.
#[test]
fn work_grows_no_faster_than_the_file() {
    let shapes = [
        "ISA*",
        "ISA",
        "ISA~*",
        "UNA",
        "UNB+\n",
        "UNB+",
        "UNA:+.? '",
        "GS*",
        "ST*\n",
        "BIN*99999*x~",
        "UNH+1'",
        "*",
        "I",
        "U",
        "é",
        "ISA*00**00**ZZ*A*ZZ*B*261118*1030*U*00401*1*0*P*>~ST*850*1~BIN*900000*x~",
        "ISA*00**00**ZZ*A*ZZ*B*261118*1030*U*00401*1*0*P*>GS",
        "UNB+UNOC:3+A+B+261118:1030+1'UNH+1+ORDERS'BGM+220+1'LIN+1'",
    ];
    for shape in shapes {
        for bytes in [shape.repeat(200_000 / shape.len()).into_bytes(), {
            // The same with a byte that makes the whole file Latin-1.
            let mut bytes = shape.repeat(200_000 / shape.len()).into_bytes();
            bytes.push(0xff);
            bytes
        }] {
            let start = Instant::now();
            read_all(&bytes);
            let took = start.elapsed();
            assert!(took < Duration::from_secs(10), "{shape:?} took {took:?}");
        }
    }
}

#[test]
fn more_values_than_the_limit_are_refused_not_stored() {
    let mut file = String::from("UNB+UNOC:3+A:14+B:14+261118:1030+1'UNH+1+ORDERS:D:96A:UN'");
    file.push_str(&"+".repeat(4_100_000));
    let reading = edi::read(file.as_bytes());
    assert!(
        reading
            .problems
            .iter()
            .any(|p| p.code == edi::code::TOO_LARGE)
    );
}
