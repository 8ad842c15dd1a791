//! A register as PDF: A4 across, heads and page numbers on every page. Text is set as it is seen: what would steer a display,
//! and what the face has no shape for, is written out by its number. There is nothing in it but text and rules.

use domain::{
    Millis, Refusal,
    refusal::Code,
    register::{Register, printable, written_out},
};
use krilla::{
    Document,
    color::luma,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
    text::{Font, TextDirection},
};

use super::RegisterFilter;
use crate::view::{ApprovalRow, DeliveryRow};

static REGULAR: &[u8] = include_bytes!("../../../../../assets/fonts/SourceSerif4-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../../../../assets/fonts/SourceSerif4-Bold.ttf");

/// A4 across, in points.
const WIDTH: f32 = 842.0;
const HEIGHT: f32 = 595.0;
const MARGIN: f32 = 36.0;
const BOTTOM: f32 = HEIGHT - 44.0;
const SIZE: f32 = 7.5;
const LEADING: f32 = 9.5;
/// Between columns.
const GAP: f32 = 8.0;
/// More pages are not set: the text of strangers must not fill the memory.
const MOST_PAGES: usize = 3_000;

/// Who made the file, when, and of what.
pub(super) struct Made {
    pub(super) at: Millis,
    pub(super) by: String,
    pub(super) filter: RegisterFilter,
}

/// Heads of columns with their share of the width.
type Columns = [(&'static str, f32)];

const APPROVALS: [(&str, f32); 7] = [
    ("Letter", 1.5),
    ("Case, partner", 1.1),
    ("Template, release", 0.9),
    ("Made by, asked", 1.1),
    ("Signed by, meaning, when (UTC)", 2.2),
    ("State, first use (UTC)", 1.3),
    ("Content hash", 1.2),
];

const DELIVERIES: [(&str, f32); 7] = [
    ("Notice, job", 1.3),
    ("Case, partner", 1.1),
    ("Template, channel", 1.0),
    ("Recipient", 1.7),
    ("State", 1.2),
    ("Released, last event (UTC)", 1.2),
    ("SHA-256 produced", 1.2),
];

/// To the minute, in UTC: `2025-11-17 08:05`.
fn minute(at: i64) -> String {
    let text = Millis(at).rfc3339();
    let mut text: String = text.chars().take(16).collect();
    text = text.replace('T', " ");
    text
}

/// Lines of a cell; empty ones are left out.
fn cell<const N: usize>(lines: [String; N]) -> String {
    let lines = lines.map(|line| line.replace(['\n', '\r'], " "));
    let filled: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    filled.join("\n")
}

/// A row of the approval register.
pub(super) fn approval(row: &ApprovalRow) -> Vec<String> {
    let signed = row.signatures.iter().map(|s| {
        let verdict = if s.verdict == "rejected" {
            "Rejected by "
        } else {
            ""
        };
        let line = format!("{verdict}{}: {} {}", s.by, s.meaning, minute(s.at));
        line.replace(['\n', '\r'], " ")
    });
    let signed: Vec<String> = signed.collect();
    let release = match row.release.as_str() {
        "" => String::new(),
        release => format!("release {release}"),
    };
    let approved = row.approved_at.map(|at| format!("approved {}", minute(at)));
    let used = match (row.first_used_at, &row.first_use_note) {
        (Some(at), _) => format!("first used {}", minute(at)),
        (None, Some(note)) => note.clone(),
        (None, None) => "not used yet".to_owned(),
    };
    vec![
        cell([row.notice.clone(), row.title.clone()]),
        cell([row.case_number.clone(), row.partner.clone()]),
        cell([row.template.clone(), release]),
        cell([row.maker.clone(), minute(row.asked_at)]),
        signed.join("\n"),
        cell([row.status.word.clone(), approved.unwrap_or_default(), used]),
        row.hash.clone(),
    ]
}

/// A row of the delivery register.
pub(super) fn delivery(row: &DeliveryRow) -> Vec<String> {
    let released = row.released_at.map(|at| format!("released {}", minute(at)));
    vec![
        cell([row.notice.clone(), row.job.clone()]),
        cell([row.case_number.clone(), row.partner.clone()]),
        cell([row.template.clone(), row.channel.clone()]),
        cell([row.recipient.clone()]),
        cell([
            row.status.word.clone(),
            row.reason.clone().unwrap_or_default(),
        ]),
        cell([released.unwrap_or_default(), minute(row.at)]),
        row.sha256.clone(),
    ]
}

/// The register as PDF. The same rows, made at the same time by the same person, give the same bytes.
///
/// # Errors
/// `E_STATE` for more pages than are set; `E_INTERNAL` when the bundled face is damaged.
pub(super) fn set(
    register: Register,
    rows: &[Vec<String>],
    made: &Made,
) -> Result<Vec<u8>, Refusal> {
    let face = Face::load()
        .ok_or_else(|| Refusal::new(Code::Internal, "The face of the registers is damaged."))?;
    let (title, columns): (_, &Columns) = match register {
        Register::Approval => ("Pre-use approval register", &APPROVALS),
        Register::Delivery => ("Delivery register", &DELIVERIES),
    };
    let mut sheet = Sheet::begin(&face, columns);
    sheet.line(title, 13.0, true);
    let count = rows.len();
    let about = format!(
        "{count} {}, made {} UTC by {}. {}",
        if count == 1 { "row" } else { "rows" },
        minute(made.at.0),
        made.by,
        told(&made.filter),
    );
    sheet.line(&about, 8.0, false);
    sheet.heads();
    for row in rows {
        sheet.row(row)?;
    }
    sheet.finish(title, made.at)
}

/// What was asked for, in words.
fn told(filter: &RegisterFilter) -> String {
    let mut said = Vec::new();
    if let Some(from) = filter.from {
        said.push(format!("from {}", minute(from.0)));
    }
    if let Some(until) = filter.until {
        said.push(format!("before {}", minute(until.0)));
    }
    for (name, values) in [
        ("state", &filter.states),
        ("template", &filter.templates),
        ("partner", &filter.partners),
    ] {
        if !values.is_empty() {
            said.push(format!("{name} {}", values.join(" or ")));
        }
    }
    if let Some(text) = &filter.text {
        said.push(format!("with \"{text}\""));
    }
    if said.is_empty() {
        "Every row.".to_owned()
    } else {
        format!("Only {}.", said.join(", "))
    }
}

/// Letters whose widths are looked up once: Latin with its marks.
const COMMON: u32 = 0x250;

/// Both weights, and how wide their letters run.
struct Face {
    fonts: [Font; 2],
    measures: [rustybuzz::Face<'static>; 2],
    /// Widths of the common letters in units of the face; `None` for one without a shape.
    common: [Vec<Option<u16>>; 2],
}

impl Face {
    fn load() -> Option<Self> {
        let measures = [
            rustybuzz::Face::from_slice(REGULAR, 0)?,
            rustybuzz::Face::from_slice(BOLD, 0)?,
        ];
        let widths = |face: &rustybuzz::Face<'_>| {
            let letters = (0..COMMON).map(|code| char::from_u32(code).and_then(|c| units(face, c)));
            letters.collect()
        };
        let [regular, bold] = &measures;
        let common = [widths(regular), widths(bold)];
        Some(Self {
            fonts: [Font::new(REGULAR.into(), 0)?, Font::new(BOLD.into(), 0)?],
            measures,
            common,
        })
    }

    fn font(&self, bold: bool) -> Font {
        let [regular, heavy] = &self.fonts;
        if bold { heavy } else { regular }.clone()
    }

    fn measure(&self, bold: bool) -> &rustybuzz::Face<'static> {
        let [regular, heavy] = &self.measures;
        if bold { heavy } else { regular }
    }

    /// Width of a letter in units of the face; `None` for one without a shape.
    fn units(&self, letter: char, bold: bool) -> Option<u16> {
        let [regular, heavy] = &self.common;
        let common = if bold { heavy } else { regular };
        match common.get(letter as usize) {
            Some(known) => *known,
            None => units(self.measure(bold), letter),
        }
    }

    /// Text of which every letter has a shape.
    fn shown(&self, text: &str) -> String {
        let mut safe = String::with_capacity(text.len());
        for letter in printable(text).chars() {
            if self.units(letter, false).is_some() {
                safe.push(letter);
            } else {
                safe.push_str(&written_out(letter));
            }
        }
        safe
    }

    /// Width of a letter in points; kerning is left out, it moves a line by less than the eye sees.
    fn width_of(&self, letter: char, size: f32, bold: bool) -> f32 {
        let units = self.units(letter, bold).unwrap_or(0);
        let em = self.measure(bold).units_per_em();
        f32::from(units) * size / f32::from(u16::try_from(em).unwrap_or(1000))
    }

    fn width(&self, text: &str, size: f32, bold: bool) -> f32 {
        text.chars().map(|c| self.width_of(c, size, bold)).sum()
    }

    /// Text in lines no wider than this; a word that is wider is cut.
    fn lines(&self, text: &str, size: f32, bold: bool, measure: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let (mut line, mut used) = (String::new(), 0.0);
            for word in self.shown(paragraph).split_whitespace() {
                let gap = if line.is_empty() { "" } else { " " };
                let width = self.width(gap, size, bold) + self.width(word, size, bold);
                if used + width <= measure {
                    line.push_str(gap);
                    line.push_str(word);
                    used += width;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                for letter in word.chars() {
                    let width = self.width_of(letter, size, bold);
                    if used + width > measure && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        used = 0.0;
                    }
                    line.push(letter);
                    used += width;
                }
            }
            if !line.is_empty() {
                lines.push(line);
            }
        }
        lines
    }
}

fn units(face: &rustybuzz::Face<'_>, letter: char) -> Option<u16> {
    face.glyph_index(letter)
        .map(|glyph| face.glyph_hor_advance(glyph).unwrap_or(0))
}

/// What is drawn on a page.
enum Mark {
    Text {
        x: f32,
        y: f32,
        size: f32,
        bold: bool,
        text: String,
    },
    Rule(f32),
}

/// A table being set.
struct Sheet<'f> {
    face: &'f Face,
    columns: &'static Columns,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl<'f> Sheet<'f> {
    fn begin(face: &'f Face, columns: &'static Columns) -> Self {
        Self {
            face,
            columns,
            pages: vec![Vec::new()],
            y: MARGIN,
        }
    }

    fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Text over the whole width, above the table.
    fn line(&mut self, text: &str, size: f32, bold: bool) {
        for text in self.face.lines(text, size, bold, WIDTH - 2.0 * MARGIN) {
            let y = self.y + size;
            self.put(Mark::Text {
                x: MARGIN,
                y,
                size,
                bold,
                text,
            });
            self.y += size * 1.4;
        }
    }

    /// Left edge and width of each column.
    fn edges(&self) -> Vec<(f32, f32)> {
        let shares: f32 = self.columns.iter().map(|(_, share)| share).sum();
        let mut left = MARGIN;
        let of = self.columns.iter().map(|(_, share)| {
            let width = (WIDTH - 2.0 * MARGIN) * share / shares;
            let edge = (left, width - GAP);
            left += width;
            edge
        });
        of.collect()
    }

    fn heads(&mut self) {
        self.y += 6.0;
        let heads = self.columns.iter().zip(self.edges());
        let y = self.y + SIZE;
        let marks: Vec<Mark> = heads
            .map(|((head, _), (x, _))| Mark::Text {
                x,
                y,
                size: SIZE,
                bold: true,
                text: (*head).to_owned(),
            })
            .collect();
        marks.into_iter().for_each(|mark| self.put(mark));
        self.y += LEADING + 2.0;
        self.put(Mark::Rule(self.y));
        self.y += 4.0;
    }

    /// A row; one that does not fit goes on on the next page, line by line.
    fn row(&mut self, cells: &[String]) -> Result<(), Refusal> {
        let edges = self.edges();
        let set: Vec<(f32, Vec<String>)> = edges
            .iter()
            .zip(cells)
            .map(|((x, width), text)| (*x, self.face.lines(text, SIZE, false, *width)))
            .collect();
        let height = set.iter().map(|(_, lines)| lines.len()).max().unwrap_or(0);
        let mut cells: Vec<_> = set
            .into_iter()
            .map(|(x, lines)| (x, lines.into_iter()))
            .collect();
        // A row is kept together where a page can hold it.
        #[allow(
            clippy::cast_precision_loss,
            reason = "what counts is whether it is more than a page"
        )]
        let whole = height as f32 * LEADING;
        if self.y + whole > BOTTOM && whole < BOTTOM - 2.0 * MARGIN {
            self.turn()?;
        }
        for _ in 0..height {
            if self.y + LEADING > BOTTOM {
                self.turn()?;
            }
            let y = self.y + SIZE;
            for (x, lines) in &mut cells {
                if let Some(text) = lines.next() {
                    let x = *x;
                    self.put(Mark::Text {
                        x,
                        y,
                        size: SIZE,
                        bold: false,
                        text,
                    });
                }
            }
            self.y += LEADING;
        }
        self.y += 2.0;
        self.put(Mark::Rule(self.y));
        self.y += 3.0;
        Ok(())
    }

    fn turn(&mut self) -> Result<(), Refusal> {
        if self.pages.len() >= MOST_PAGES {
            let what = format!("The register has more than {MOST_PAGES} pages; export it as CSV.");
            return Err(Refusal::new(Code::State, what));
        }
        self.pages.push(Vec::new());
        self.y = MARGIN;
        self.heads();
        Ok(())
    }

    fn finish(self, title: &str, at: Millis) -> Result<Vec<u8>, Refusal> {
        let mut document = Document::new();
        let mut metadata = Metadata::new()
            .title(title.to_owned())
            .language("en".to_owned())
            .creator("Partner Console".to_owned());
        if let Some(date) = date_of(at) {
            metadata = metadata.creation_date(date);
        }
        document.set_metadata(metadata);
        let (count, face) = (self.pages.len(), self.face);
        let size = PageSettings::from_wh(WIDTH, HEIGHT)
            .ok_or_else(|| Refusal::new(Code::Internal, "There is no such page."))?;
        for (number, marks) in self.pages.into_iter().enumerate() {
            let mut page = document.start_page_with(size.clone());
            let mut surface = page.surface();
            for mark in marks {
                match mark {
                    Mark::Text {
                        x,
                        y,
                        size,
                        bold,
                        text,
                    } => draw(&mut surface, face, (x, y), (size, bold), &text),
                    Mark::Rule(y) => rule(&mut surface, y),
                }
            }
            let foot = format!("{title}, page {} of {count}", number + 1);
            draw(
                &mut surface,
                face,
                (MARGIN, HEIGHT - 24.0),
                (7.0, false),
                &foot,
            );
            surface.finish();
            page.finish();
        }
        document
            .finish()
            .map_err(|e| Refusal::new(Code::Internal, format!("The register was not set: {e:?}")))
    }
}

fn date_of(at: Millis) -> Option<DateTime> {
    let text = at.rfc3339();
    let part = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<u16>().ok());
    let small = |from, to| part(from, to).and_then(|n| u8::try_from(n).ok());
    Some(
        DateTime::new(part(0, 4)?)
            .month(small(5, 7)?)
            .day(small(8, 10)?)
            .hour(small(11, 13)?)
            .minute(small(14, 16)?),
    )
}

fn ink(grey: u8) -> Fill {
    Fill {
        paint: luma::Color::new(grey).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

fn draw(
    surface: &mut Surface<'_>,
    face: &Face,
    (x, y): (f32, f32),
    (size, bold): (f32, bool),
    text: &str,
) {
    surface.set_fill(Some(ink(20)));
    let at = Point::from_xy(x, y);
    surface.draw_text(
        at,
        face.font(bold),
        size,
        text,
        false,
        TextDirection::LeftToRight,
    );
}

fn rule(surface: &mut Surface<'_>, y: f32) {
    let mut path = PathBuilder::new();
    if let Some(rect) = Rect::from_ltrb(MARGIN, y, WIDTH - MARGIN, y + 0.4) {
        path.push_rect(rect);
    }
    if let Some(path) = path.finish() {
        surface.set_fill(Some(ink(150)));
        surface.draw_path(&path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Made {
        Made {
            at: Millis::parse_lenient("2025-11-17T08:05:00Z").unwrap(),
            by: "Lena Kovář".to_owned(),
            filter: RegisterFilter::default(),
        }
    }

    fn rows(names: &[&str]) -> Vec<Vec<String>> {
        let row = |name: &&str| {
            let mut row = vec![String::new(); 7];
            row[3] = cell([(*name).to_owned()]);
            row
        };
        names.iter().map(row).collect()
    }

    #[test]
    fn no_letter_is_lost_cut_or_left_to_steer_the_page() {
        let face = Face::load().unwrap();
        for (text, shown) in [
            ("Lena Kovář & Søn", "Lena Kovář & Søn"),
            ("evil\u{202e}fdp.exe", "evil[U+202E]fdp.exe"),
            ("株", "[U+682A]"),
            ("\u{1f4a9}", "[U+1F4A9]"),
            ("שלום", "[U+05E9][U+05DC][U+05D5][U+05DD]"),
            ("=HYPERLINK(\"http://x\")", "=HYPERLINK(\"http://x\")"),
        ] {
            assert_eq!(face.shown(text), shown);
        }
        let long = "w".repeat(500);
        let lines = face.lines(&long, SIZE, false, 60.0);
        assert_eq!(lines.concat(), long);
        assert!(lines.iter().all(|l| face.width(l, SIZE, false) <= 60.0));
    }

    #[test]
    fn a_row_longer_than_a_page_goes_on_and_every_page_is_numbered() {
        let long = vec!["many words"; 600].join(" ");
        let bytes = set(Register::Delivery, &rows(&[&long, "last"]), &made()).unwrap();
        assert!(bytes.starts_with(b"%PDF-"));
        let again = set(Register::Delivery, &rows(&[&long, "last"]), &made()).unwrap();
        assert_eq!(bytes, again, "the same rows give the same bytes");
    }

    #[test]
    fn there_is_nothing_active_in_it_whatever_the_names_say() {
        let hostile = [
            "/JavaScript (app.alert(1))",
            "/OpenAction << /S /URI >>",
            "javascript:alert(1)",
            "http://example.test/<script>",
            ") Tj ET /Launch",
        ];
        let bytes = set(Register::Delivery, &rows(&hostile), &made()).unwrap();
        let has = |word: &str| bytes.windows(word.len()).any(|w| w == word.as_bytes());
        for word in [
            "/JavaScript",
            "/JS",
            "/OpenAction",
            "/Launch",
            "/URI",
            "/AA",
            "/EmbeddedFile",
            "/Annots",
        ] {
            assert!(!has(word), "{word}");
        }
        assert!(
            has("/FontFile2") || has("/FontFile3"),
            "its fonts come with it"
        );
    }
}
