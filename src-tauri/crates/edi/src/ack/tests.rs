use super::*;
use crate::read;

const HEADER: &str = "ISA*00*          *00*          *ZZ*SELLER         *ZZ*BUYER          *261118*1030*^*00501*000000009*0*P*:~";

fn x12(body: &str) -> Vec<Acknowledgement> {
    let file = format!(
        "{HEADER}GS*FA*SELLER*BUYER*20261118*1030*9*X*005010~{body}GE*1*9~IEA*1*000000009~"
    );
    read(file.as_bytes()).acknowledgements()
}

#[test]
fn rejected_elements_are_located_and_explained() {
    let acks = x12(
        "ST*997*0001~AK1*PO*1004~AK2*850*0001~AK3*PO1*7**8~AK4*4:2*212*7*X9~AK5*R*5~AK9*R*1*1*0~SE*8*0001~",
    );
    let [ack] = acks.as_slice() else {
        panic!("{acks:?}")
    };
    assert_eq!(ack.group.as_deref(), Some("1004"));
    assert_eq!(ack.status.as_ref().unwrap().outcome, Outcome::Rejected);
    let set = &ack.sets[0];
    assert_eq!(
        (set.message_type.as_str(), set.control_number.as_str()),
        ("850", "0001")
    );
    let error = &set.errors[0];
    assert_eq!(error.segment.as_deref(), Some("PO1"));
    assert_eq!(
        (error.position, error.element, error.component),
        (Some(7), Some(4), Some(2))
    );
    assert_eq!(error.value.as_deref(), Some("X9"));
    assert_eq!(error.words, "the code value is not valid");
    assert_eq!(set.errors[1].words, "one or more segments are in error");
}

#[test]
fn unknown_codes_are_kept_as_written() {
    let acks = x12("ST*997*0001~AK1*PO*1~AK2*850*0001~AK5*Z*99~AK9*Z*1*1*0~SE*6*0001~");
    let status = acks[0].status.as_ref().unwrap();
    assert_eq!(
        (status.code.as_str(), status.outcome),
        ("Z", Outcome::Unknown)
    );
    assert_eq!(acks[0].sets[0].errors[0].code, "99");
}

#[test]
fn ta1_speaks_of_the_interchange() {
    let file = format!("{HEADER}TA1*000000050*261117*1200*R*025~IEA*0*000000009~");
    let reading = read(file.as_bytes());
    assert!(reading.problems.is_empty(), "{:?}", reading.problems);
    let acks = reading.acknowledgements();
    assert_eq!(acks[0].kind, AckKind::Interchange);
    assert_eq!(acks[0].interchange.as_deref(), Some("000000050"));
    assert_eq!(
        acks[0].errors[0].words,
        "this interchange control number was used before"
    );
}

#[test]
fn contrl_names_message_and_place() {
    let file = "UNB+UNOC:3+SELLER:14+BUYER:14+261118:1030+2'UNH+1+CONTRL:D:3:UN'\
        UCI+77+BUYER:14+SELLER:14+7'UCM+1+ORDERS:D:96A:UN+4'UCS+5'UCD+12+2:1'UNT+6+1'UNZ+1+2'";
    let acks = read(file.as_bytes()).acknowledgements();
    let [ack] = acks.as_slice() else {
        panic!("{acks:?}")
    };
    assert_eq!(ack.interchange.as_deref(), Some("77"));
    assert_eq!(ack.status.as_ref().unwrap().outcome, Outcome::Accepted);
    let set = &ack.sets[0];
    assert_eq!(set.status.as_ref().unwrap().outcome, Outcome::Rejected);
    let [error] = set.errors.as_slice() else {
        panic!("{:?}", set.errors)
    };
    assert_eq!(
        (error.position, error.element, error.component),
        (Some(5), Some(2), Some(1))
    );
    assert_eq!(error.words, "the value is invalid");
}

#[test]
fn verdict_finds_the_document_that_was_sent() {
    let sent = Envelope {
        standard: Standard::X12,
        sender: Address::from("ZZ:BUYER"),
        receiver: Address::from("ZZ:SELLER"),
        test: false,
        interchange: "000001004".into(),
        functional_id: "PO".into(),
        group: "1004".into(),
        control_number: "0002".into(),
        prepared_at: None,
    };
    let named = x12("ST*997*0001~AK1*PO*001004~AK2*850*0002~AK5*R*5~AK9*P*2*2*1~SE*6*0001~");
    assert_eq!(named[0].verdict(&sent), Some(Outcome::Rejected));
    let whole = x12("ST*997*0001~AK1*PO*1004~AK9*A*2*2*2~SE*4*0001~");
    assert_eq!(whole[0].verdict(&sent), Some(Outcome::Accepted));
    let other = x12("ST*997*0001~AK1*PO*1005~AK9*A*2*2*2~SE*4*0001~");
    assert_eq!(other[0].verdict(&sent), None);
}

const RECEIPT: &str = "Reporting-UA: gateway\r\nOriginal-Recipient: rfc822; SELLER\r\n\
    Final-Recipient: rfc822; SELLER\r\nOriginal-Message-ID: <77@buyer.example>\r\n\
    Disposition: automatic-action/MDN-sent-automatically;\r\n processed\r\n\
    Received-Content-MIC: Q2hlY2sgSW50ZQ==, SHA-256\r\n";
const ALONE: &str = "message/disposition-notification";

/// The notification in a report beside words for people.
fn report(notification: &str) -> (&'static str, String) {
    (
        "Multipart/Report; report-type=disposition-notification; boundary=\"=_part 7\"",
        format!(
            "Preamble: of no matter\r\n--=_part 7\r\nContent-Type: text/plain\r\n\r\nDisposition: in words\r\n\
             --=_part 7\r\ncontent-type: Message/Disposition-Notification\r\n\r\n{notification}\r\n--=_part 7--\r\n"
        ),
    )
}

#[test]
fn receipt_tells_message_disposition_and_hash() {
    let (media_type, whole) = report(RECEIPT);
    for mdn in [
        read_mdn(ALONE, RECEIPT.as_bytes()),
        read_mdn(media_type, whole.as_bytes()),
    ] {
        let mdn = mdn.unwrap();
        assert_eq!(mdn.original_message_id.as_deref(), Some("77@buyer.example"));
        assert_eq!(mdn.final_recipient.as_deref(), Some("SELLER"));
        assert_eq!(mdn.outcome, Some(Outcome::Accepted));
        assert_eq!(mdn.mic_matches("sha256", "Q2hlY2sgSW50ZQ=="), Some(true));
        assert_eq!(mdn.mic_matches("sha256", "other"), Some(false));
        assert_eq!(mdn.mic_matches("sha1", "other"), None);
        assert!(mdn.errors.is_empty());
    }
}

#[test]
fn a_signed_receipt_is_read_within_its_signature() {
    let (media_type, whole) = report(RECEIPT);
    let signed = format!(
        "--s\r\nContent-Type: {media_type}\r\n\r\n{whole}\r\n--s\r\nContent-Type: application/pkcs7-signature\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--s--\r\n"
    );
    let media_type = "multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=s";
    let mdn = read_mdn(media_type, signed.as_bytes()).unwrap();
    assert_eq!(mdn.outcome, Some(Outcome::Accepted));
}

#[test]
fn a_notification_in_base64_is_read() {
    let whole = "--b\r\nContent-Type: message/disposition-notification\r\nContent-Transfer-Encoding: base64\r\n\r\n\
        T3JpZ2luYWwtTWVzc2FnZS1JRDogPDc3QGI+DQpEaXNwb3NpdGlvbjogYTsgcHJvY2Vzc2VkDQo=\r\n--b--\r\n";
    let mdn = read_mdn("multipart/report; boundary=b", whole.as_bytes()).unwrap();
    assert_eq!(mdn.original_message_id.as_deref(), Some("77@b"));
    assert_eq!(mdn.outcome, Some(Outcome::Accepted));
}

#[test]
fn failed_receipt_explains_why() {
    let text = RECEIPT.replace(" processed", " processed/error: integrity-check-failed");
    let (media_type, whole) = report(&text);
    let mdn = read_mdn(media_type, whole.as_bytes()).unwrap();
    assert_eq!(mdn.outcome, Some(Outcome::Rejected));
    assert_eq!(mdn.errors, ["the content was changed on the way"]);
    assert_eq!(mdn.modifiers, ["error: integrity-check-failed"]);
}

#[test]
fn text_without_receipt_is_none() {
    let (media_type, whole) = report("Reporting-UA: gateway");
    for (media_type, body) in [
        (ALONE, ""),
        (ALONE, "Dear all: hello"),
        // What people read is no receipt, whatever words it has.
        ("text/plain", RECEIPT),
        ("multipart/report", RECEIPT),
        ("", RECEIPT),
        (
            "text/plain\r\nContent-Type: message/disposition-notification",
            RECEIPT,
        ),
        (media_type, whole.as_str()),
    ] {
        assert_eq!(read_mdn(media_type, body.as_bytes()), None, "{media_type}");
    }
}
