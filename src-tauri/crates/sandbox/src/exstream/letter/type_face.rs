//! The face of the letters and how wide its text runs.

use krilla::text::Font;

static REGULAR: &[u8] = include_bytes!("../../../../../../assets/fonts/SourceSerif4-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../../../../../assets/fonts/SourceSerif4-Bold.ttf");

/// Weight of a run of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Both weights, loaded once for a letter.
pub(super) struct Face {
    regular: Font,
    bold: Font,
    measure_regular: rustybuzz::Face<'static>,
    measure_bold: rustybuzz::Face<'static>,
}

impl Face {
    /// `None` only if the bundled files were damaged.
    pub(super) fn load() -> Option<Self> {
        Some(Self {
            regular: Font::new(REGULAR.into(), 0)?,
            bold: Font::new(BOLD.into(), 0)?,
            measure_regular: rustybuzz::Face::from_slice(REGULAR, 0)?,
            measure_bold: rustybuzz::Face::from_slice(BOLD, 0)?,
        })
    }

    pub(super) fn font(&self, weight: Weight) -> Font {
        match weight {
            Weight::Regular => self.regular.clone(),
            Weight::Bold => self.bold.clone(),
        }
    }

    /// Width in points. Kerning and ligatures are left out: they move a line by less than its eye can see, and shaping
    /// every word would cost more than setting the whole letter.
    pub(super) fn width(&self, text: &str, size: f32, weight: Weight) -> f32 {
        let face = match weight {
            Weight::Regular => &self.measure_regular,
            Weight::Bold => &self.measure_bold,
        };
        let units: u32 = text
            .chars()
            .filter_map(|c| face.glyph_index(c))
            .filter_map(|glyph| face.glyph_hor_advance(glyph))
            .map(u32::from)
            .sum();
        #[allow(
            clippy::cast_precision_loss,
            reason = "widths are far below 2^24 units"
        )]
        let units = units as f32;
        units * size / f32::from(u16::try_from(face.units_per_em()).unwrap_or(1000))
    }
}
