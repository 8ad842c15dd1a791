//! Where a comment stands in a letter, and where it stands once the letter was edited.
//!
//! An anchor carries the two selectors of the W3C Web Annotation model: the words with what stands around them, and their
//! position in the block. In another version the words are looked for first, then what stood around them, then words that
//! are almost the same. What has nothing to do with the words is never the place: an anchor is rather lost than wrong.

use serde::{Deserialize, Serialize};
use similar::TextDiff;

use crate::{letter_text::Block, words};

/// Characters kept of what stands before and after the words.
const AROUND: usize = 32;
/// Longest words an anchor is made of, in characters.
pub const LONGEST: usize = 2_000;
/// Words of this length are found anywhere in the letter, since nothing else reads like them; shorter ones need more to go by.
const DISTINCT: usize = 16;
/// From here on what stands beside a place is the same as it was.
const SAME_BESIDE: f32 = 0.5;
/// The same, where nothing but what stands beside it says that it is the place.
const SURELY_BESIDE: f32 = 0.6;
/// Words that were changed are still the same passage from here on, anywhere in the letter.
const SAME_ANYWHERE: f32 = 0.7;
/// The same, in the block they stood in, or beside what they stood beside.
const SAME_HERE: f32 = 0.6;
/// The same, between what they stood between.
const SAME_BETWEEN: f32 = 0.4;
/// Pairs of words compared for one block: more makes no letter, and its anchors are lost.
const MOST_PAIRS: usize = 4_000_000;

/// A selector of the W3C Web Annotation model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Selector {
    TextQuoteSelector {
        exact: String,
        prefix: String,
        suffix: String,
    },
    TextPositionSelector {
        start: usize,
        end: usize,
    },
}

/// Where a comment stands. Positions are in Unicode scalar values of the text of its block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Anchor {
    /// Field of its block.
    pub field: String,
    /// How many blocks of this field stand before it.
    pub ordinal: usize,
    /// The words; empty for a whole block.
    pub exact: String,
    /// What stands before them in the block.
    pub prefix: String,
    /// What stands after them in the block.
    pub suffix: String,
    /// First character.
    pub start: usize,
    /// Behind the last one.
    pub end: usize,
}

/// An anchor as it lies in an item.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    field: String,
    #[serde(default)]
    ordinal: usize,
    selector: Vec<Selector>,
}

impl From<Anchor> for Written {
    fn from(anchor: Anchor) -> Self {
        Self {
            field: anchor.field,
            ordinal: anchor.ordinal,
            selector: vec![
                Selector::TextQuoteSelector {
                    exact: anchor.exact,
                    prefix: anchor.prefix,
                    suffix: anchor.suffix,
                },
                Selector::TextPositionSelector {
                    start: anchor.start,
                    end: anchor.end,
                },
            ],
        }
    }
}

impl TryFrom<Written> for Anchor {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let mut quote = None;
        let mut position = (0, 0);
        for selector in written.selector {
            match selector {
                Selector::TextQuoteSelector {
                    exact,
                    prefix,
                    suffix,
                } => quote = Some((exact, prefix, suffix)),
                Selector::TextPositionSelector { start, end } => position = (start, end),
            }
        }
        let (exact, prefix, suffix) = quote.ok_or("an anchor quotes words")?;
        let long = |text: &str, most| text.chars().count() > most;
        if long(&exact, LONGEST) || long(&prefix, LONGEST) || long(&suffix, LONGEST) {
            return Err("an anchor quotes a passage");
        }
        Ok(Self {
            field: written.field,
            ordinal: written.ordinal,
            exact,
            prefix,
            suffix,
            start: position.0,
            end: position.1,
        })
    }
}

words! {
    /// How sure it is that a place is the one the comment was about.
    Certainty {
        /// The same words.
        Exact = "exact",
        /// Other words between what they stood between.
        Context = "context",
        /// Almost the same words.
        Approximate = "approximate",
    }
}

/// A place in a letter: block, characters of its text, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Place of the block in reading order.
    pub block: usize,
    /// First character.
    pub start: usize,
    /// Behind the last one.
    pub end: usize,
    /// How sure it is.
    pub certainty: Certainty,
}

impl Anchor {
    /// The anchor of a passage; `None` for one that is not there, is empty or longer than [`LONGEST`].
    #[must_use]
    pub fn of(blocks: &[Block], block: usize, start: usize, end: usize) -> Option<Self> {
        let of = blocks.get(block)?;
        let text: Vec<char> = of.text.chars().collect();
        let exact = text.get(start..end).filter(|exact| !exact.is_empty())?;
        if exact.len() > LONGEST {
            return None;
        }
        let before = text.get(start.saturating_sub(AROUND)..start)?;
        let after = text.get(end..text.len().min(end + AROUND))?;
        Some(Self {
            start,
            end,
            exact: exact.iter().collect(),
            prefix: before.iter().collect(),
            suffix: after.iter().collect(),
            ..Self::of_block(blocks, block)?
        })
    }

    /// The anchor of a whole block.
    #[must_use]
    pub fn of_block(blocks: &[Block], block: usize) -> Option<Self> {
        let of = blocks.get(block)?;
        let before = blocks.iter().take(block);
        Some(Self {
            field: of.field.clone(),
            ordinal: before.filter(|b| b.field == of.field).count(),
            exact: String::new(),
            prefix: String::new(),
            suffix: String::new(),
            start: 0,
            end: of.text.chars().count(),
        })
    }

    /// The anchor of words as a person selected them in a block: nearest to `near` where they stand there more than once. A
    /// selection in a redline may hold words that are gone; then what it still says is the passage. `None` when the block
    /// does not say it.
    #[must_use]
    pub fn quoted(
        blocks: &[Block],
        block: usize,
        quote: &str,
        near: Option<usize>,
    ) -> Option<Self> {
        let text: Vec<char> = blocks.get(block)?.text.chars().collect();
        let quote: Vec<char> = quote.trim().chars().take(LONGEST + 1).collect();
        if quote.is_empty() || quote.len() > LONGEST {
            return None;
        }
        let near = near.unwrap_or_default();
        let found = occurrences(&text, &quote).into_iter();
        let (start, end) = match found.min_by_key(|start| start.abs_diff(near)) {
            Some(start) => (start, start + quote.len()),
            None => almost(&text, &quote.iter().collect::<String>())
                .filter(|found| found.alike >= SAME_HERE)
                .map(|found| (found.start, found.end))?,
        };
        Self::of(blocks, block, start, end)
    }

    /// Where it stands in a letter; `None` when it is lost. `before` is the letter it was made on, where that is known: what
    /// stood elsewhere in it is another passage, however much it reads like this one.
    #[must_use]
    pub fn find(&self, before: Option<&[Block]>, after: &[Block]) -> Option<Place> {
        if self.exact.is_empty() {
            return self.find_block(after);
        }
        let before = before.unwrap_or_default();
        self.find_same(before, after)
            .or_else(|| self.find_between(before, after))
            .or_else(|| self.find_almost(before, after))
    }

    fn find_block(&self, after: &[Block]) -> Option<Place> {
        let mut same = after.iter().enumerate();
        let of_field = same.by_ref().filter(|(_, b)| b.field == self.field);
        let (block, found) = of_field.take(self.ordinal + 1).last()?;
        Some(Place {
            block,
            start: 0,
            end: found.text.chars().count(),
            certainty: Certainty::Exact,
        })
    }

    /// How much of what stood on both sides stands beside a passage. What began or ended its block does so still.
    fn beside(&self, text: &[char], start: usize, end: usize) -> (f32, f32) {
        let before: Vec<char> = self.prefix.chars().collect();
        let after: Vec<char> = self.suffix.chars().collect();
        let left = text.get(start.saturating_sub(before.len().max(1))..start);
        let right = text.get(end..text.len().min(end + after.len().max(1)));
        (
            agree(&before, left.unwrap_or_default()),
            agree(&after, right.unwrap_or_default()),
        )
    }

    /// The same words. Where they stood more than once, each place belongs to the one whose surroundings it has.
    fn find_same(&self, before: &[Block], after: &[Block]) -> Option<Place> {
        let exact: Vec<char> = self.exact.chars().collect();
        let others: Vec<Self> = places(before, &exact)
            .filter(|(block, start, _)| !self.is_at(before, *block, *start, *start + exact.len()))
            .filter_map(|(block, start, _)| Self::of(before, block, start, start + exact.len()))
            .collect();
        let found: Vec<_> = places(after, &exact).collect();
        let alone = others.is_empty() && found.len() == 1;
        let mut best: Option<(f32, Place)> = None;
        for (block, start, text) in &found {
            let end = start + exact.len();
            let same_block = after.get(*block).is_some_and(|b| b.field == self.field);
            let (left, right) = self.beside(text, *start, end);
            let counts = left.max(right) >= SAME_BESIDE && (same_block || exact.len() >= 4)
                || alone && (exact.len() >= DISTINCT || same_block && exact.len() >= 4);
            if !counts {
                continue;
            }
            let field = |same: bool| if same { 0.5 } else { 0.0 };
            let own = left + right + field(same_block);
            let rival = others.iter().any(|other| {
                let (l, r) = other.beside(text, *start, end);
                let there = after.get(*block).is_some_and(|b| b.field == other.field);
                l + r + field(there) > own
            });
            if rival {
                continue;
            }
            // Of equals the one that stands where it stood.
            let far = if same_block {
                start.abs_diff(self.start)
            } else {
                1_000
            };
            let score = own - f32::from(u16::try_from(far.min(1_000)).unwrap_or(1_000)) / 100_000.0;
            if best.is_none_or(|(s, _)| score > s) {
                let place = Place {
                    block: *block,
                    start: *start,
                    end,
                    certainty: Certainty::Exact,
                };
                best = Some((score, place));
            }
        }
        best.map(|(_, place)| place)
    }

    /// What stands now between what the words stood between.
    fn find_between(&self, before: &[Block], after: &[Block]) -> Option<Place> {
        let exact: Vec<char> = self.exact.chars().collect();
        let (prefix, suffix) = (
            self.prefix.chars().collect::<Vec<_>>(),
            self.suffix.chars().collect::<Vec<_>>(),
        );
        let mut best: Option<(f32, Place)> = None;
        for (block, of) in after.iter().enumerate() {
            let text: Vec<char> = of.text.chars().collect();
            let same_block = of.field == self.field;
            // An edge of a block says something of the same block only.
            let starts: Vec<usize> = if prefix.is_empty() {
                if same_block { vec![0] } else { Vec::new() }
            } else {
                let kept = prefix
                    .get(prefix.len().saturating_sub(12)..)
                    .unwrap_or_default();
                let found = starts_with_at(&text, kept);
                found.map(|at| at + kept.len()).collect()
            };
            for start in starts {
                let rest = text.get(start..).unwrap_or_default();
                let ends: Vec<usize> = if suffix.is_empty() {
                    same_block.then_some(text.len()).into_iter().collect()
                } else {
                    let kept = suffix.get(..suffix.len().min(12)).unwrap_or_default();
                    let found = starts_with_at(rest, kept);
                    found.map(|at| start + at).collect()
                };
                let longest = exact.len() * 3 + 20;
                for end in ends {
                    if end <= start || end - start > longest {
                        continue;
                    }
                    let words: String = text.get(start..end).unwrap_or_default().iter().collect();
                    let (left, right) = self.beside(&text, start, end);
                    let alike = alike(&self.exact, &words);
                    let number = is_number(&self.exact) && is_number(&words);
                    let same = alike >= SAME_BETWEEN || number;
                    if left.min(right) < SURELY_BESIDE || !same || self.stood(before, &words) {
                        continue;
                    }
                    let score = alike + left + right;
                    if best.is_none_or(|(s, _)| score > s) {
                        let (start, end) = trimmed(&text, start, end);
                        let place = Place {
                            block,
                            start,
                            end,
                            certainty: Certainty::Context,
                        };
                        best = Some((score, place));
                    }
                }
            }
        }
        best.map(|(_, place)| place)
    }

    /// Almost the same words.
    fn find_almost(&self, before: &[Block], after: &[Block]) -> Option<Place> {
        let mut best: Option<(f32, Place)> = None;
        for (block, of) in after.iter().enumerate() {
            let text: Vec<char> = of.text.chars().collect();
            let Some(found) = almost(&text, &self.exact) else {
                continue;
            };
            let same_block = of.field == self.field;
            let (left, right) = self.beside(&text, found.start, found.end);
            let here = same_block || left.max(right) >= SURELY_BESIDE;
            let enough = if here { SAME_HERE } else { SAME_ANYWHERE };
            let words: String = text
                .get(found.start..found.end)
                .unwrap_or_default()
                .iter()
                .collect();
            if found.alike < enough || self.stood(before, &words) {
                continue;
            }
            let score = found.alike + if here { 0.2 } else { 0.0 };
            if best.is_none_or(|(s, _)| score > s) {
                let place = Place {
                    block,
                    start: found.start,
                    end: found.end,
                    certainty: Certainty::Approximate,
                };
                best = Some((score, place));
            }
        }
        best.map(|(_, place)| place)
    }

    /// Whether these words stood elsewhere in the letter it was made on: then they are another passage.
    fn stood(&self, before: &[Block], words: &str) -> bool {
        let words: Vec<char> = words.trim().chars().collect();
        let mut there = places(before, &words);
        !words.is_empty()
            && there.any(|(block, start, _)| !self.is_at(before, block, start, start + words.len()))
    }

    /// Whether a passage of the letter it was made on overlaps it.
    fn is_at(&self, before: &[Block], block: usize, start: usize, end: usize) -> bool {
        let of_field = before.iter().enumerate();
        let mut of_field = of_field.filter(|(_, b)| b.field == self.field);
        let own = of_field.nth(self.ordinal).map(|(place, _)| place);
        own == Some(block) && start < self.end && end > self.start
    }
}

/// Every place of some words in a letter: block, first character, text of the block.
fn places<'a>(
    blocks: &'a [Block],
    words: &'a [char],
) -> impl Iterator<Item = (usize, usize, Vec<char>)> + 'a {
    blocks.iter().enumerate().flat_map(move |(block, of)| {
        let text: Vec<char> = of.text.chars().collect();
        let found = occurrences(&text, words);
        let of_text = move |start| (block, start, text.clone());
        found.into_iter().map(of_text).collect::<Vec<_>>()
    })
}

/// Where words stand in a text: not inside another word or number, unless they begin or end inside one themselves.
fn occurrences(text: &[char], words: &[char]) -> Vec<usize> {
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return Vec::new();
    };
    let joins =
        |a: &char, b: Option<&char>| a.is_alphanumeric() && b.is_some_and(|b| b.is_alphanumeric());
    let at = |start: usize| {
        let inside = start > 0 && joins(first, text.get(start - 1))
            || joins(last, text.get(start + words.len()));
        text.get(start..)
            .is_some_and(|rest| rest.starts_with(words))
            .then_some((start, inside))
    };
    let found: Vec<_> = (0..=text.len().saturating_sub(words.len()))
        .filter_map(at)
        .collect();
    let whole = found.iter().any(|(_, inside)| !inside);
    let kept = found.into_iter().filter(|(_, inside)| !whole || !inside);
    kept.map(|(start, _)| start).collect()
}

/// Where a text goes on with these characters, whether they are words of their own or not.
fn starts_with_at<'a>(text: &'a [char], kept: &'a [char]) -> impl Iterator<Item = usize> + 'a {
    let last = text.len().saturating_sub(kept.len());
    (0..=last).filter(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(kept)))
}

/// How far what stood beside a passage is what stands there now, from 0 to 1.
fn agree(was: &[char], is: &[char]) -> f32 {
    if was.is_empty() {
        return if is.is_empty() { 1.0 } else { 0.0 };
    }
    let text = |chars: &[char]| chars.iter().collect::<String>();
    TextDiff::from_chars(&text(was), &text(is)).ratio()
}

fn is_number(text: &str) -> bool {
    let text = text.trim();
    let figures = text.chars().filter(char::is_ascii_digit).count();
    figures > 0
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || ".,'- \u{a0}".contains(c))
}

/// Without white space on either side.
fn trimmed(text: &[char], start: usize, end: usize) -> (usize, usize) {
    let white = |at: usize| text.get(at).is_some_and(|c| c.is_whitespace());
    let (mut start, mut end) = (start, end);
    while start < end && white(start) {
        start += 1;
    }
    while start < end && white(end - 1) {
        end -= 1;
    }
    (start, end)
}

/// A word of a text: its place and what it is compared by.
struct Word {
    start: usize,
    end: usize,
    folded: String,
}

fn words_of(text: &[char]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut begun = None;
    for at in 0..=text.len() {
        let inside = text.get(at).is_some_and(|c| !c.is_whitespace());
        match (begun, inside) {
            (None, true) => begun = Some(at),
            (Some(start), false) => {
                let shown: String = text.get(start..at).unwrap_or_default().iter().collect();
                let folded = shown
                    .trim_matches(|c: char| !c.is_alphanumeric())
                    .to_lowercase();
                words.push(Word {
                    start,
                    end: at,
                    folded,
                });
                begun = None;
            }
            _ => {}
        }
    }
    words
}

/// What a word counts for: long ones say more than short ones.
fn weight(word: &Word) -> i64 {
    i64::try_from(word.folded.chars().count().min(12)).unwrap_or(12)
}

/// How far two passages say the same in the same order, from 0 to 1: by words, and by characters where there are hardly any.
fn alike(one: &str, other: &str) -> f32 {
    let chars = |text: &str| text.trim().chars().collect::<Vec<_>>();
    let (a, b) = (words_of(&chars(one)), words_of(&chars(other)));
    if a.len().min(b.len()) <= 2 {
        return agree(&chars(one), &chars(other));
    }
    if a.len().saturating_mul(b.len()) > MOST_PAIRS {
        return 0.0;
    }
    // The heaviest common subsequence of words.
    let mut row = vec![0_i64; b.len() + 1];
    for word in &a {
        let mut corner = 0;
        let mut left = 0;
        for (cell, against) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            let both = if word.folded == against.folded {
                corner + weight(word)
            } else {
                0
            };
            *cell = above.max(left).max(both);
            (corner, left) = (above, *cell);
        }
    }
    let common = row.last().copied().unwrap_or_default();
    let all: i64 = a.iter().chain(&b).map(weight).sum();
    ratio(2 * common, all)
}

fn ratio(part: i64, of: i64) -> f32 {
    let number = |n: i64| i32::try_from(n).map_or(f32::MAX, |n| n as f32);
    if of == 0 {
        0.0
    } else {
        number(part) / number(of)
    }
}

/// A passage that reads like some words.
struct Found {
    start: usize,
    end: usize,
    alike: f32,
}

/// The passage of a text that reads most like some words: the best local alignment of their words.
fn almost(text: &[char], words: &str) -> Option<Found> {
    let there = words_of(text);
    let wanted = words_of(&words.chars().collect::<Vec<_>>());
    if wanted.len() < 3 || wanted.len().saturating_mul(there.len()) > MOST_PAIRS {
        return None;
    }
    // Score and the word it began with, for every word of the text.
    let mut row = vec![(0_i64, 0_usize); there.len() + 1];
    let mut best: Option<(i64, usize, usize)> = None;
    for word in &wanted {
        let mut corner = (0, 0);
        let mut left = (0, 0);
        for (at, (cell, against)) in row.iter_mut().skip(1).zip(&there).enumerate() {
            let above = *cell;
            let begun = if corner.0 > 0 { corner.1 } else { at };
            let both = if word.folded == against.folded {
                (corner.0 + 2 * weight(word), begun)
            } else {
                (corner.0 - weight(word).max(weight(against)), begun)
            };
            let skipped = (above.0 - weight(word), above.1);
            let more = (left.0 - weight(against), left.1);
            let most = [both, skipped, more]
                .into_iter()
                .max_by_key(|(score, _)| *score);
            let most = most.filter(|(score, _)| *score > 0).unwrap_or((0, 0));
            *cell = most;
            if best.is_none_or(|(score, _, _)| most.0 > score) && most.0 > 0 {
                best = Some((most.0, most.1, at));
            }
            (corner, left) = (above, most);
        }
    }
    let (_, first, last) = best?;
    let (start, end) = (there.get(first)?.start, there.get(last)?.end);
    let passage: String = text.get(start..end)?.iter().collect();
    Some(Found {
        start,
        end,
        alike: alike(words, &passage),
    })
}
