//! Sets paragraphs, tables and rules on A4 pages, top to bottom.

use krilla::{
    Document,
    color::luma,
    geom::{PathBuilder, Point, Rect},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, FillRule},
    text::TextDirection,
};

use super::type_face::{Face, Weight};

const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 68.0;
const TOP: f32 = 64.0;
const BOTTOM: f32 = 772.0;
/// A letter of more pages is cut: the driver data of a stranger must not fill the memory.
const MAX_PAGES: usize = 20;

/// Where something is drawn; pages are built from these afterwards.
enum Mark {
    Text {
        x: f32,
        y: f32,
        size: f32,
        weight: Weight,
        grey: u8,
        text: String,
    },
    Rule {
        y: f32,
        from: f32,
        to: f32,
        thick: f32,
    },
}

/// Where a column of a table stands.
#[derive(Clone, Copy)]
pub(super) struct Column {
    pub(super) left: f32,
    pub(super) width: f32,
    pub(super) right_aligned: bool,
}

/// A letter being set.
pub(super) struct Sheet<'a> {
    face: &'a Face,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(face: &'a Face) -> Self {
        Self {
            face,
            pages: vec![Vec::new()],
            y: TOP,
        }
    }

    /// Width of the text area.
    pub(super) const fn measure() -> f32 {
        WIDTH - 2.0 * MARGIN
    }

    pub(super) fn skip(&mut self, points: f32) {
        self.y += points;
    }

    fn full(&self) -> bool {
        self.pages.len() >= MAX_PAGES && self.y > BOTTOM
    }

    fn room(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.pages.len() < MAX_PAGES {
            self.pages.push(Vec::new());
            self.y = TOP;
        }
    }

    fn put(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// One line left and one right, on the same height.
    pub(super) fn sides(&mut self, left: &str, right: &str, size: f32, weight: Weight, grey: u8) {
        self.room(size * 1.35);
        let y = self.y + size;
        if !left.is_empty() {
            self.put(Mark::Text {
                x: MARGIN,
                y,
                size,
                weight,
                grey,
                text: left.to_owned(),
            });
        }
        if !right.is_empty() {
            let x = WIDTH - MARGIN - self.face.width(right, size, Weight::Regular);
            let weight = Weight::Regular;
            self.put(Mark::Text {
                x,
                y,
                size,
                weight,
                grey: 90,
                text: right.to_owned(),
            });
        }
        self.y += size * 1.35;
    }

    /// A paragraph; `**words**` are bold.
    pub(super) fn paragraph(&mut self, text: &str, size: f32, weight: Weight) {
        for line in self.lines(text, size, weight, Self::measure()) {
            if self.full() {
                return;
            }
            self.room(size * 1.38);
            let y = self.y + size;
            let mut x = MARGIN;
            for (run, weight) in line {
                let width = self.face.width(&run, size, weight);
                self.put(Mark::Text {
                    x,
                    y,
                    size,
                    weight,
                    grey: 25,
                    text: run,
                });
                x += width;
            }
            self.y += size * 1.38;
        }
    }

    /// A row of a table; cells wrap within their columns. The rule stands below it.
    pub(super) fn row(
        &mut self,
        columns: &[Column],
        cells: &[&str],
        size: f32,
        weight: Weight,
        thick: f32,
    ) {
        if self.full() {
            return;
        }
        let set: Vec<_> = columns
            .iter()
            .zip(cells)
            .map(|(column, text)| (*column, self.lines(text, size, weight, column.width - 6.0)))
            .collect();
        let lines = set.iter().map(|(_, lines)| lines.len()).max().unwrap_or(1);
        #[allow(clippy::cast_precision_loss, reason = "a cell has few lines")]
        let height = lines as f32 * size * 1.3 + 7.0;
        self.room(height);
        for (column, lines) in set {
            let mut y = self.y + size + 2.0;
            for line in lines {
                let width: f32 = line.iter().map(|(t, w)| self.face.width(t, size, *w)).sum();
                let mut x = MARGIN + column.left;
                if column.right_aligned {
                    x += column.width - width;
                }
                for (run, weight) in line {
                    let run_width = self.face.width(&run, size, weight);
                    self.put(Mark::Text {
                        x,
                        y,
                        size,
                        weight,
                        grey: 25,
                        text: run,
                    });
                    x += run_width;
                }
                y += size * 1.3;
            }
        }
        self.y += height;
        let y = self.y - 1.0;
        self.put(Mark::Rule {
            y,
            from: MARGIN,
            to: WIDTH - MARGIN,
            thick,
        });
    }

    /// Breaks text into lines of runs.
    fn lines(
        &self,
        text: &str,
        size: f32,
        weight: Weight,
        measure: f32,
    ) -> Vec<Vec<(String, Weight)>> {
        let space = self.face.width(" ", size, weight);
        let mut lines: Vec<Vec<(String, Weight)>> = vec![Vec::new()];
        let mut used = 0.0;
        for (word, weight) in words(text, weight) {
            for piece in self.pieces(&word, size, weight, measure) {
                let width = self.face.width(&piece, size, weight);
                if used > 0.0 && used + space + width > measure {
                    lines.push(Vec::new());
                    used = 0.0;
                }
                let Some(line) = lines.last_mut() else {
                    continue;
                };
                let gap = if used > 0.0 { " " } else { "" };
                used += width + if used > 0.0 { space } else { 0.0 };
                match line.last_mut() {
                    Some((run, last)) if *last == weight => {
                        run.push_str(gap);
                        run.push_str(&piece);
                    }
                    Some((run, _)) => {
                        run.push_str(gap);
                        line.push((piece, weight));
                    }
                    None => line.push((piece, weight)),
                }
            }
        }
        lines
    }

    /// A word, cut where it alone is wider than the line.
    fn pieces(&self, word: &str, size: f32, weight: Weight, measure: f32) -> Vec<String> {
        if word.chars().count() < 24 || self.face.width(word, size, weight) <= measure {
            return vec![word.to_owned()];
        }
        let letters: Vec<char> = word.chars().collect();
        letters.chunks(20).map(|c| c.iter().collect()).collect()
    }

    /// Draws everything. The bytes depend on the marks, the title and the date alone.
    pub(super) fn finish(
        self,
        title: &str,
        language: &str,
        date: Option<(u16, u8, u8)>,
    ) -> Vec<u8> {
        let mut document = Document::new();
        let mut metadata = Metadata::new()
            .title(title.to_owned())
            .language(language.to_owned())
            .creator("Exstream".to_owned());
        if let Some((year, month, day)) = date {
            metadata = metadata.creation_date(DateTime::new(year).month(month).day(day));
        }
        document.set_metadata(metadata);
        let count = self.pages.len();
        for (number, marks) in self.pages.into_iter().enumerate() {
            let Some(settings) = PageSettings::from_wh(WIDTH, HEIGHT) else {
                continue;
            };
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for mark in marks {
                match mark {
                    Mark::Text {
                        x,
                        y,
                        size,
                        weight,
                        grey,
                        text,
                    } => {
                        surface.set_fill(Some(ink(grey)));
                        surface.draw_text(
                            Point::from_xy(x, y),
                            self.face.font(weight),
                            size,
                            &text,
                            false,
                            TextDirection::LeftToRight,
                        );
                    }
                    Mark::Rule { y, from, to, thick } => {
                        let mut path = PathBuilder::new();
                        if let Some(rect) = Rect::from_ltrb(from, y, to, y + thick) {
                            path.push_rect(rect);
                        }
                        if let Some(path) = path.finish() {
                            surface.set_fill(Some(ink(110)));
                            surface.draw_path(&path);
                        }
                    }
                }
            }
            if count > 1 {
                let text = format!("{} / {count}", number + 1);
                surface.set_fill(Some(ink(110)));
                surface.draw_text(
                    Point::from_xy(WIDTH - MARGIN - 20.0, HEIGHT - 42.0),
                    self.face.font(Weight::Regular),
                    8.0,
                    &text,
                    false,
                    TextDirection::LeftToRight,
                );
            }
            surface.finish();
            page.finish();
        }
        document.finish().unwrap_or_default()
    }
}

fn ink(grey: u8) -> Fill {
    Fill {
        paint: luma::Color::new(grey).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

/// Words with their weight. Control characters and right-to-left marks are no letters of a letter.
fn words(text: &str, weight: Weight) -> Vec<(String, Weight)> {
    let mut out = Vec::new();
    let mut bold = false;
    for part in text.split("**") {
        let weight = if bold { Weight::Bold } else { weight };
        for word in part.split_whitespace() {
            let clean: String = word
                .chars()
                .filter(|c| !c.is_control() && !('\u{200b}'..='\u{202e}').contains(c))
                .collect();
            if clean.is_empty() {
                continue;
            }
            // Punctuation right after bold words belongs to the last of them.
            let sticks = part.starts_with(word) && word.starts_with(['.', ',', ';', ':', ')']);
            match out.last_mut() {
                Some((last, _)) if sticks && !bold => {
                    let last: &mut String = last;
                    last.push_str(&clean);
                }
                _ => out.push((clean, weight)),
            }
        }
        bold = !bold;
    }
    out
}
