//! Letters: driver data in, a real PDF with extractable text out. The same data gives the same bytes.
//!
//! Keys a letter understands, all text unless said otherwise: `externalId` (the notice), `notice` (its number), `date`,
//! `sender` {name, address, department}, `recipient` {company, person, department, address, email} or plain text,
//! `title`, `salutation`, `issue`, `next_steps`, `required_action` (text or a list of paragraphs), `paragraphs`,
//! `lines` [{line, item, finding, amount}], `currency`, `total`, `answer_by`, `clause`, `closing`, `details` (an object).
//! Every further plain value is printed under its name, as those of `details` are, so that no change of data can leave
//! the letter unchanged.

mod page;
mod phrases;
mod type_face;

use serde_json::{Map, Value};

use self::{
    page::{Column, Sheet},
    phrases::Phrases,
    type_face::{Face, Weight},
};

/// Text blocks without which no letter of this company is written.
pub const REQUIRED: [&str; 3] = ["issue", "next_steps", "required_action"];

/// Not printed: they steer the engine.
const STEERING: [&str; 9] = [
    "externalId",
    "channel",
    "language",
    "release",
    "caseId",
    "case_id",
    "template",
    "templateVersion",
    "recipient_email",
];

/// Not printed below the text: they have a place of their own.
const PLACED: [&str; 22] = [
    "notice",
    "notice_id",
    "date",
    "sender",
    "recipient",
    "title",
    "subject",
    "salutation",
    "issue",
    "next_steps",
    "required_action",
    "paragraphs",
    "lines",
    "currency",
    "total",
    "answer_by",
    "clause",
    "closing",
    "recipient_name",
    "recipient_company",
    "recipient_address",
    "signatory",
];

/// A letter about to be set.
pub struct Letter<'a> {
    /// Title of the template, used where the data has none.
    pub template_title: &'a str,
    /// BCP 47.
    pub language: &'a str,
    /// `letter`, `email`, `statement_insert`.
    pub channel: &'a str,
    /// Driver data.
    pub data: &'a Map<String, Value>,
}

impl Letter<'_> {
    /// Names of required blocks that are absent or empty.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        REQUIRED
            .into_iter()
            .filter(|name| paragraphs(self.data.get(*name)).is_empty())
            .collect()
    }

    /// The letter as PDF.
    #[must_use]
    pub fn pdf(&self) -> Vec<u8> {
        let Some(face) = Face::load() else {
            return Vec::new();
        };
        let words = phrases::of(self.language);
        let mut sheet = Sheet::new(&face);
        self.head(&mut sheet, words);
        let title = self.title();
        sheet.paragraph(&title, 13.0, Weight::Bold);
        sheet.skip(12.0);
        sheet.paragraph(&self.salutation(words), 10.5, Weight::Regular);
        sheet.skip(9.0);
        for text in paragraphs(self.data.get("issue")) {
            sheet.paragraph(&text, 10.5, Weight::Regular);
            sheet.skip(9.0);
        }
        self.table(&mut sheet, words);
        for text in paragraphs(self.data.get("paragraphs")) {
            sheet.paragraph(&text, 10.5, Weight::Regular);
            sheet.skip(9.0);
        }
        self.block(&mut sheet, words.next_steps, "next_steps");
        self.block(&mut sheet, words.required_action, "required_action");
        if let Some(date) = text(self.data.get("answer_by")) {
            let line = format!("{} **{}**.", words.answer_by, words.date(&date));
            sheet.paragraph(&line, 10.5, Weight::Regular);
            sheet.skip(9.0);
        }
        for text in paragraphs(self.data.get("clause")) {
            sheet.paragraph(&text, 10.5, Weight::Regular);
            sheet.skip(9.0);
        }
        self.reference(&mut sheet, words);
        sheet.skip(8.0);
        let sender = self.data.get("sender").and_then(Value::as_object);
        let closing = text(self.data.get("closing")).unwrap_or_else(|| words.closing.to_owned());
        sheet.paragraph(&closing, 10.5, Weight::Regular);
        sheet.skip(14.0);
        sheet.paragraph(&sender_name(sender), 10.5, Weight::Regular);
        let by = sender
            .and_then(|s| text(s.get("department")))
            .or_else(|| text(self.data.get("signatory")));
        if let Some(by) = by {
            sheet.paragraph(&by, 10.5, Weight::Regular);
        }
        let date = text(self.data.get("date")).and_then(|d| phrases::ymd(&d));
        sheet.finish(&title, self.language, date)
    }

    /// The letter as a small HTML page, for the e-mail body.
    #[must_use]
    pub fn html(&self) -> String {
        let words = phrases::of(self.language);
        let mut out = format!(
            "<!doctype html><html lang=\"{}\"><body>",
            escape(self.language)
        );
        out.push_str(&format!("<h1>{}</h1>", escape(&self.title())));
        out.push_str(&format!("<p>{}</p>", escape(&self.salutation(words))));
        for name in [
            "issue",
            "paragraphs",
            "next_steps",
            "required_action",
            "clause",
        ] {
            for text in paragraphs(self.data.get(name)) {
                out.push_str(&format!("<p>{}</p>", escape(&text)));
            }
        }
        out.push_str("</body></html>");
        out
    }

    fn title(&self) -> String {
        text(self.data.get("title"))
            .or_else(|| text(self.data.get("subject")))
            .unwrap_or_else(|| self.template_title.to_owned())
    }

    fn salutation(&self, words: &Phrases) -> String {
        text(self.data.get("salutation")).unwrap_or_else(|| {
            let person = self
                .data
                .get("recipient")
                .and_then(|r| text(r.get("person")))
                .unwrap_or_default();
            format!("{} {person}", words.greeting).trim_end().to_owned() + ","
        })
    }

    fn head(&self, sheet: &mut Sheet<'_>, words: &Phrases) {
        let sender = self.data.get("sender").and_then(Value::as_object);
        let number = ["notice", "notice_id", "externalId"]
            .into_iter()
            .find_map(|key| text(self.data.get(key)))
            .unwrap_or_default();
        let date = text(self.data.get("date"))
            .map(|d| words.date(&d))
            .unwrap_or_default();
        sheet.sides(&sender_name(sender), &number, 11.0, Weight::Bold, 15);
        let address = sender
            .map(|s| address(s.get("address")).join(", "))
            .filter(|a| !a.is_empty())
            .unwrap_or_else(|| "Kanaalkade 14, 9999 ZZ Velder".to_owned());
        sheet.sides(&address, &date, 10.0, Weight::Regular, 90);
        sheet.skip(if self.channel == "letter" { 30.0 } else { 18.0 });
        for line in self.recipient() {
            sheet.sides(&line, "", 10.5, Weight::Regular, 25);
        }
        sheet.skip(26.0);
    }

    fn recipient(&self) -> Vec<String> {
        let mut lines: Vec<String> = match self.data.get("recipient") {
            Some(Value::Object(r)) => ["company", "name", "person", "department"]
                .into_iter()
                .filter_map(|key| text(r.get(key)))
                .chain(address(r.get("address")))
                .collect(),
            Some(Value::String(name)) => name.lines().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        for key in ["recipient_company", "recipient_name"] {
            lines.extend(text(self.data.get(key)));
        }
        lines.extend(address(self.data.get("recipient_address")));
        if self.channel == "email" {
            lines.extend(mailbox(self.data));
        }
        // A company often stands above its own address as well.
        let mut seen = Vec::new();
        lines.retain(|line| {
            let new = !seen.contains(line);
            seen.push(line.clone());
            new
        });
        lines.truncate(12);
        lines
    }

    fn table(&self, sheet: &mut Sheet<'_>, words: &Phrases) {
        let rows = self.data.get("lines").and_then(Value::as_array);
        let Some(rows) = rows.filter(|r| !r.is_empty()) else {
            return;
        };
        let measure = Sheet::measure();
        let columns = [
            (0.0, 36.0, false),
            (36.0, 176.0, false),
            (212.0, 166.0, false),
        ]
        .into_iter()
        .chain([(378.0, measure - 378.0, true)])
        .map(|(left, width, right_aligned)| Column {
            left,
            width,
            right_aligned,
        })
        .collect::<Vec<_>>();
        let currency = text(self.data.get("currency")).unwrap_or_else(|| words.amount.to_owned());
        let [line, item, finding] = words.columns;
        sheet.row(
            &columns,
            &[line, item, finding, &currency],
            9.5,
            Weight::Regular,
            1.0,
        );
        for row in rows.iter().take(300) {
            let cell = |keys: &[&str]| {
                keys.iter()
                    .find_map(|key| text(row.get(*key)))
                    .unwrap_or_default()
            };
            let cells = [
                cell(&["line"]),
                cell(&["item", "product", "description"]),
                cell(&["finding", "quantity", "text"]),
                cell(&["amount", "value", "price"]),
            ];
            sheet.row(
                &columns,
                &cells.each_ref().map(String::as_str),
                9.5,
                Weight::Regular,
                0.5,
            );
        }
        if let Some(total) = text(self.data.get("total")) {
            sheet.row(&columns, &["", "", "", &total], 9.5, Weight::Bold, 1.0);
        }
        sheet.skip(12.0);
    }

    fn block(&self, sheet: &mut Sheet<'_>, heading: &str, key: &str) {
        let texts = paragraphs(self.data.get(key));
        if texts.is_empty() {
            return;
        }
        sheet.paragraph(heading, 10.5, Weight::Bold);
        sheet.skip(2.0);
        for text in texts {
            sheet.paragraph(&text, 10.5, Weight::Regular);
            sheet.skip(4.0);
        }
        sheet.skip(7.0);
    }

    fn reference(&self, sheet: &mut Sheet<'_>, words: &Phrases) {
        let mut rows: Vec<(String, String)> = self
            .data
            .iter()
            .filter(|(key, _)| !PLACED.contains(&key.as_str()) && !STEERING.contains(&key.as_str()))
            .chain(
                self.data
                    .get("details")
                    .and_then(Value::as_object)
                    .into_iter()
                    .flatten(),
            )
            .filter_map(|(key, value)| Some((spoken(key), text(Some(value))?)))
            .collect();
        // Where there is no table its total still belongs into the letter.
        let has_table = self
            .data
            .get("lines")
            .and_then(Value::as_array)
            .is_some_and(|l| !l.is_empty());
        if !has_table && let Some(total) = text(self.data.get("total")) {
            let currency = text(self.data.get("currency")).unwrap_or_default();
            rows.push((
                words.amount.to_owned(),
                format!("{currency} {total}").trim().to_owned(),
            ));
        }
        if rows.is_empty() {
            return;
        }
        rows.sort();
        let columns = [
            Column {
                left: 0.0,
                width: 150.0,
                right_aligned: false,
            },
            Column {
                left: 150.0,
                width: Sheet::measure() - 150.0,
                right_aligned: false,
            },
        ];
        sheet.row(&columns, &[words.reference, ""], 9.5, Weight::Bold, 1.0);
        for (key, value) in rows.iter().take(200) {
            sheet.row(&columns, &[key, value], 9.5, Weight::Regular, 0.5);
        }
        sheet.skip(8.0);
    }
}

/// Where an e-mail goes, wherever the driver data says it.
#[must_use]
pub fn mailbox(data: &Map<String, Value>) -> Option<String> {
    let recipient = data.get("recipient");
    let listed = data
        .get("recipients")
        .and_then(Value::as_array)
        .and_then(|list| list.first());
    text(data.get("recipient_email"))
        .or_else(|| text(listed).filter(|r| r.contains('@')))
        .or_else(|| recipient.and_then(|r| text(r.get("email"))))
        .or_else(|| text(recipient).filter(|r| r.contains('@')))
}

fn sender_name(sender: Option<&Map<String, Value>>) -> String {
    sender
        .and_then(|s| text(s.get("name")))
        .unwrap_or_else(|| "Corvane Supply B.V.".to_owned())
}

/// A plain value as text; empty text counts as absent.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(s) if !s.trim().is_empty() => Some(s.chars().take(20_000).collect()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

fn paragraphs(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items
            .iter()
            .take(500)
            .filter_map(|i| text(Some(i)))
            .collect(),
        other => text(other)
            .map(|t| {
                t.split("\n")
                    .map(str::trim)
                    .filter(|p| !p.is_empty())
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default(),
    }
}

fn address(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(s)) => s.lines().map(str::to_owned).collect(),
        other => paragraphs(other),
    }
}

/// `contract_clause` as `Contract clause`.
fn spoken(key: &str) -> String {
    let text = key.replace(['_', '-'], " ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
