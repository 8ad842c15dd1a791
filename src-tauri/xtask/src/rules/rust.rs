//! As much of Rust's grammar as the rules need: what is code, what is a string, what is a test.

/// A source file taken apart.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// The code with comments and the insides of strings blanked; lines stay where they were.
    pub(crate) code: String,
    /// Each string with the line it starts on.
    pub(crate) strings: Vec<(usize, String)>,
}

/// Takes `text` apart, leaving out what only tests compile.
pub(crate) fn product(text: &str) -> Source {
    let whole = split(text);
    let (start, end) = (0, whole.code.len());
    let mut code = whole.code.clone();
    let mut tests: Vec<(usize, usize)> = Vec::new();
    let mut from = start;
    while let Some(found) = code.get(from..).and_then(|rest| rest.find("#[cfg(test)]")) {
        let at = from + found;
        let until = code
            .get(at..)
            .and_then(item_end)
            .map_or(end, |length| at + length);
        tests.push((line_of(&code, at), line_of(&code, until)));
        let blank: String = code
            .get(at..until)
            .unwrap_or_default()
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        // Blanking may shorten text of several bytes per character; positions behind it are found anew.
        let next = at + blank.len();
        code = [
            code.get(..at).unwrap_or_default(),
            &blank,
            code.get(until..).unwrap_or_default(),
        ]
        .concat();
        from = next;
    }
    let strings = whole
        .strings
        .into_iter()
        .filter(|(line, _)| !tests.iter().any(|(a, b)| line >= a && line <= b))
        .collect();
    Source { code, strings }
}

/// Where the item that starts here ends: at the brace that closes its first one, or at a semicolon before any.
fn item_end(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            ';' if depth == 0 => return Some(at + 1),
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text
        .get(..at)
        .unwrap_or(text)
        .bytes()
        .filter(|byte| *byte == b'\n')
        .count()
}

/// The lines (from 1) where `word` stands as a whole identifier, or as the beginning of one if it ends with `_`.
pub(crate) fn lines_with(code: &str, word: &str) -> Vec<usize> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let hit = line.match_indices(word).any(|(at, _)| {
            let before = line.get(..at).and_then(|text| text.chars().next_back());
            let after = line
                .get(at + word.len()..)
                .and_then(|text| text.chars().next());
            !before.is_some_and(part) && (word.ends_with('_') || !after.is_some_and(part))
        });
        if hit {
            found.push(number + 1);
        }
    }
    found
}

fn split(text: &str) -> Source {
    let mut source = Source::default();
    let mut line = 1;
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied();
    let mut index = 0;
    while let Some(c) = at(index) {
        let taken = match (c, at(index + 1)) {
            ('/', Some('/')) => Taken::Blank(line_comment(&chars, index)),
            ('/', Some('*')) => Taken::Blank(block_comment(&chars, index)),
            ('"', _) => Taken::Text(quoted(&chars, index), 1, 1),
            ('r', Some('"' | '#')) if !inside_word(&chars, index) => match raw(&chars, index) {
                Some((end, hashes)) => Taken::Text(end, hashes + 2, hashes + 1),
                None => Taken::Code,
            },
            ('\'', _) => match character(&chars, index) {
                Some(end) => Taken::Blank(end),
                None => Taken::Code,
            },
            _ => Taken::Code,
        };
        let end = match taken {
            Taken::Code => {
                source.code.push(c);
                line += usize::from(c == '\n');
                index += 1;
                continue;
            }
            Taken::Blank(end) => end,
            Taken::Text(end, open, close) => {
                let inside = chars
                    .get(index + open..end.saturating_sub(close).max(index + open))
                    .unwrap_or_default();
                source.strings.push((line, inside.iter().collect()));
                end
            }
        };
        for c in chars.get(index..end).unwrap_or_default() {
            source.code.push(if *c == '\n' { '\n' } else { ' ' });
            line += usize::from(*c == '\n');
        }
        index = end.max(index + 1);
    }
    source
}

enum Taken {
    Code,
    Blank(usize),
    /// End, length of the opening, length of the closing.
    Text(usize, usize, usize),
}

fn inside_word(chars: &[char], index: usize) -> bool {
    let before = |back: usize| {
        index
            .checked_sub(back)
            .and_then(|at| chars.get(at))
            .copied()
    };
    let part = |c: char| c.is_alphanumeric() || c == '_';
    match before(1) {
        // `br"…"` and `cr"…"` are strings too.
        Some('b' | 'c') => before(2).is_some_and(part),
        other => other.is_some_and(part),
    }
}

fn line_comment(chars: &[char], start: usize) -> usize {
    chars
        .get(start..)
        .and_then(|rest| rest.iter().position(|c| *c == '\n'))
        .map_or(chars.len(), |length| start + length)
}

fn block_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut index = start;
    while let Some(c) = chars.get(index) {
        match (*c, chars.get(index + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                index += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                index += 2;
                if depth == 0 {
                    return index;
                }
            }
            _ => index += 1,
        }
    }
    chars.len()
}

fn quoted(chars: &[char], start: usize) -> usize {
    let mut index = start + 1;
    while let Some(c) = chars.get(index) {
        match c {
            '\\' => index += 2,
            '"' => return index + 1,
            _ => index += 1,
        }
    }
    chars.len()
}

/// End and number of hashes of a raw string that starts here.
fn raw(chars: &[char], start: usize) -> Option<(usize, usize)> {
    let hashes = chars
        .get(start + 1..)?
        .iter()
        .take_while(|c| **c == '#')
        .count();
    if chars.get(start + 1 + hashes) != Some(&'"') {
        return None;
    }
    let mut index = start + 2 + hashes;
    while index < chars.len() {
        let closes = chars.get(index) == Some(&'"')
            && chars
                .get(index + 1..index + 1 + hashes)
                .is_some_and(|tail| tail.iter().all(|c| *c == '#'));
        if closes {
            return Some((index + 1 + hashes, hashes));
        }
        index += 1;
    }
    Some((chars.len(), hashes))
}

/// End of a character; a lifetime is none.
fn character(chars: &[char], start: usize) -> Option<usize> {
    match chars.get(start + 1)? {
        '\\' => chars
            .get(start + 3..)?
            .iter()
            .position(|c| *c == '\'')
            .map(|length| start + 4 + length),
        _ => (chars.get(start + 2) == Some(&'\'')).then_some(start + 3),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_no_code() {
        let source = product(
            "// sqlx\n/* a /* b */ sqlx */ use x; // y\nlet s = \"sqlx \\\" q\"; let c = '\"'; let r = r#\"select \"1\"\"#;\nfn f<'a>() {}",
        );
        assert!(
            lines_with(&source.code, "sqlx").is_empty(),
            "{}",
            source.code
        );
        assert!(source.code.contains("use x;"));
        assert!(source.code.contains("fn f<'a>() {}"));
        assert_eq!(
            source.strings,
            [(3, "sqlx \\\" q".into()), (3, "select \"1\"".into())]
        );
    }

    #[test]
    fn what_only_tests_compile_is_left_out() {
        let source = product(
            "use a;\n#[cfg(test)]\nuse reqwest::Client;\n#[cfg(test)]\nmod tests {\n fn x() { \"select\"; }\n}\nuse b;",
        );
        assert!(lines_with(&source.code, "reqwest").is_empty());
        assert_eq!(lines_with(&source.code, "b"), [8]);
        assert!(source.strings.is_empty());
    }

    #[test]
    fn a_word_is_found_whole() {
        assert_eq!(lines_with("x\nuse tauri::Manager;", "tauri"), [2]);
        assert!(lines_with("use my_tauri; tauri_x", "tauri").is_empty());
        assert_eq!(lines_with("tauri_plugin_log::x", "tauri_plugin_"), [1]);
    }
}
