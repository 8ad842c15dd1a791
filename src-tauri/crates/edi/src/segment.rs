//! A segment as it stands in the file: tag, elements, components, repetitions.

use serde::Serialize;

/// One data element. Release characters are already taken out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// The whole element, separators of components and repetitions included.
    raw: String,
    /// Repetitions of components; `None` for the usual element that has neither.
    parts: Option<Vec<Vec<String>>>,
}

impl Element {
    /// `cuts` are the places of separators in `raw` (byte index) and whether
    /// each one separates repetitions.
    pub(crate) fn new(raw: String, cuts: &[(usize, bool)]) -> Self {
        if cuts.is_empty() {
            return Self { raw, parts: None };
        }
        let mut parts = vec![Vec::new()];
        let mut from = 0;
        for &(at, repetition) in cuts.iter().chain(std::iter::once(&(raw.len(), false))) {
            let text = raw.get(from..at).unwrap_or_default().to_owned();
            if let Some(last) = parts.last_mut() {
                last.push(text);
            }
            if repetition {
                parts.push(Vec::new());
            }
            from = at
                + raw
                    .get(at..)
                    .and_then(|r| r.chars().next())
                    .map_or(0, char::len_utf8);
        }
        Self {
            raw,
            parts: Some(parts),
        }
    }

    /// The element as one text, separators included; empty trailing components left out.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.parts {
            Some(parts) if parts.len() == 1 => match parts.first().map(Vec::as_slice) {
                Some([first, rest @ ..]) if rest.iter().all(String::is_empty) => first,
                _ => &self.raw,
            },
            _ => &self.raw,
        }
    }

    /// Component `index` (from 0) of the first repetition; empty when absent.
    #[must_use]
    pub fn component(&self, index: usize) -> &str {
        match &self.parts {
            None if index == 0 => &self.raw,
            None => "",
            Some(parts) => parts
                .first()
                .and_then(|r| r.get(index))
                .map_or("", String::as_str),
        }
    }

    /// Components of every repetition.
    pub fn repetitions(&self) -> impl Iterator<Item = Vec<&str>> {
        let single = self.parts.is_none().then(|| vec![self.raw.as_str()]);
        let many = self.parts.iter().flatten();
        single
            .into_iter()
            .chain(many.map(|r| r.iter().map(String::as_str).collect()))
    }
}

/// One segment with its place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Tag as written, without blanks around it.
    pub tag: String,
    /// Elements after the tag.
    pub elements: Vec<Element>,
    /// Byte offset of the tag in the file.
    pub offset: usize,
    /// Number of the segment in its interchange, from 1.
    pub index: usize,
}

impl Segment {
    /// First component of element `number` (from 1, as the standards count);
    /// `None` when absent or blank.
    #[must_use]
    pub fn value(&self, number: usize) -> Option<&str> {
        self.part(number, 1)
    }

    /// Component `component` (from 1) of element `number` (from 1).
    #[must_use]
    pub fn part(&self, number: usize, component: usize) -> Option<&str> {
        let element = self.elements.get(number.checked_sub(1)?)?;
        filled(element.component(component.checked_sub(1)?))
    }

    /// The whole element, separators included.
    #[must_use]
    pub fn text(&self, number: usize) -> Option<&str> {
        filled(self.elements.get(number.checked_sub(1)?)?.text())
    }

    /// All filled components of an element, joined by one blank (names, free text).
    #[must_use]
    pub fn joined(&self, number: usize) -> Option<String> {
        let element = self.elements.get(number.checked_sub(1)?)?;
        let words: Vec<String> = element
            .repetitions()
            .flatten()
            .filter_map(|part| filled(part).map(str::to_owned))
            .collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
}

/// Whole elements as an array of texts: the wire view of one segment.
impl Serialize for Segment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            std::iter::once(self.tag.as_str()).chain(self.elements.iter().map(Element::text)),
        )
    }
}

fn filled(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}
