//! What must hold for any bytes, one function for each parser of what strangers send. Each panics when it does not hold.

use bytes::Bytes;
use connectors::{
    Fetched, fuzzing,
    http::{Answer, content_of},
    limits, text,
};
use domain::{Millis, time::HOUR};
use http::{HeaderMap, HeaderValue};

/// What holds for every record, whether it fits or not.
fn kept(records: &[Fetched]) {
    for told in records {
        assert!(told.raw.len() <= 256 * 1024);
        assert!(told.remote_id.len() <= 200 && !told.remote_id.chars().any(char::is_control));
        match &told.record {
            Ok(record) => {
                let text = serde_json::to_string(record).unwrap();
                let again: domain::record::Record = serde_json::from_str(&text).unwrap();
                assert_eq!(&again, record);
            }
            Err(unfit) => assert!(unfit.code.starts_with("WIRE_") && !unfit.message.is_empty()),
        }
    }
}

/// Cases, events, partners.
pub fn community(data: &[u8]) {
    kept(&fuzzing::community(data));
}

/// Transactions.
pub fn lens(data: &[u8]) {
    kept(&fuzzing::lens(data));
}

/// Templates, jobs, mail.
pub fn exstream(data: &[u8]) {
    kept(&fuzzing::exstream(data));
}

/// Tasks and instances.
pub fn workflow(data: &[u8]) {
    kept(&fuzzing::workflow(data));
}

/// Workspaces and nodes.
pub fn content_server(data: &[u8]) {
    kept(&fuzzing::content_server(data));
}

/// Tickets, transactions, attachments.
pub fn request_tracker(data: &[u8]) {
    kept(&fuzzing::request_tracker(data));
}

/// Rows of tickets and journal.
pub fn servicenow(data: &[u8]) {
    kept(&fuzzing::servicenow(data));
}

/// What one parser takes the other takes: whoever reads within limits reads what serde reads.
pub fn json(data: &[u8]) {
    let strict = serde_json::from_slice::<serde_json::Value>(data);
    let ours = limits::read_json(data);
    if let (Ok(strict), Ok(ours)) = (&strict, &ours) {
        assert_eq!(strict, ours);
    }
    if let (Ok(_), Err(words)) = (&strict, &ours) {
        assert!(
            words.contains("nested") || words.contains("values"),
            "{words}"
        );
    }
}

/// What is read as a time is written and read again as the same.
pub fn time(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(at) = Millis::parse_lenient(text) {
        let year = at.utc().unwrap();
        let written = at.rfc3339();
        if written.starts_with(|c: char| c.is_ascii_digit()) {
            assert_eq!(Millis::parse_lenient(&written).unwrap(), at, "{year}");
        }
    }
}

/// Nothing that runs survives, nor comes up when what is left is read again by a browser, which nests it anew.
pub fn html(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let clean = text::harmless_html(&text);
    for read in [&clean, &text::harmless_html(&clean)] {
        let lower = read.to_ascii_lowercase();
        for word in ["<script", "<img", "<iframe", "<style", "<svg", "<form"] {
            assert!(!lower.contains(word), "{word} in {read}");
        }
    }
    let plain = fuzzing::plain("text/html", &text);
    assert!(
        !plain
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
    );
    let line = text::one_line(&text);
    assert!(line.len() <= 300 && !line.contains('\n'));
}

fn answer(name: &'static str, value: &[u8]) -> Option<Answer> {
    let value = HeaderValue::from_bytes(value).ok()?;
    Some(Answer {
        status: 429,
        headers: HeaderMap::from_iter([(http::header::HeaderName::from_static(name), value)]),
        body: Bytes::new(),
        at: Millis(1_795_176_000_000),
    })
}

/// A file name names one file in one folder, whoever made it up.
pub fn file_name(data: &[u8]) {
    let safe = |name: &str| {
        assert!(!name.is_empty() && name.len() <= 160, "{name:?}");
        assert!(
            !name.contains(['/', '\\', ':', '\0']) && !name.starts_with('.'),
            "{name:?}"
        );
        assert!(!name.chars().any(char::is_control), "{name:?}");
        assert_eq!(text::safe_file_name(name), name);
    };
    if let Some(answer) = answer("content-disposition", data) {
        safe(&content_of(answer, "file").name);
    }
    safe(&text::safe_file_name(&String::from_utf8_lossy(data)));
}

/// A receipt is read or not, with a media type of its own or as a bare notification.
pub fn mdn(data: &[u8]) {
    let whole = ("message/disposition-notification".to_owned(), data);
    let end = data.iter().position(|byte| *byte == b'\n');
    let own = end.and_then(|end| data.split_at_checked(end));
    let own = own.map(|(first, rest)| (String::from_utf8_lossy(first).into_owned(), rest));
    for (media_type, body) in [Some(whole), own].into_iter().flatten() {
        if let Some(mdn) = edi::ack::read_mdn(&media_type, body) {
            let _ = mdn.mic_matches("sha-256", "");
        }
    }
}

/// Nobody is told to wait for longer than an hour, or until before now.
pub fn retry_after(data: &[u8]) {
    if let Some(answer) = answer("retry-after", data)
        && let Some(at) = answer.retry_at()
    {
        assert!((0..=HOUR).contains(&at.since(answer.at)));
    }
}

/// A file is read or refused with a place.
pub fn edi(data: &[u8]) {
    let reading = edi::read(data);
    for problem in &reading.problems {
        assert!(problem.position <= data.len(), "{problem:?}");
    }
    for (interchange, group, message) in reading.messages() {
        let _ = edi::Document::of(interchange, group, message);
    }
    for interchange in &reading.interchanges {
        let _ = edi::Acknowledgement::all(interchange);
    }
}

/// A payload becomes a document's content, or its problem.
pub fn payload(data: &[u8]) {
    let document = fuzzing::payload(data).unwrap();
    assert!(document.content.is_some() || document.problem.is_some());
}

/// A playbook is read or refused in words.
pub fn playbook(data: &[u8]) {
    if let Err(error) = domain::playbook::load("fuzz.toml", &String::from_utf8_lossy(data)) {
        assert!(!error.to_string().is_empty());
    }
}

/// A configuration is read or refused in words that quote nothing of it.
pub fn configuration(data: &[u8]) {
    let _ = desk::Source::of_config(&String::from_utf8_lossy(data));
}
