//! Text of strangers made harmless: HTML, file names, words for messages.

use std::collections::HashSet;

/// HTML that may be shown: text, links and simple marks. No script, style, form, frame, image or handler survives;
/// links open elsewhere and tell nothing about where they stood.
#[must_use]
pub fn harmless_html(html: &str) -> String {
    let tags: HashSet<&str> = [
        "p",
        "br",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "blockquote",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
        "h1",
        "h2",
        "h3",
        "h4",
        "a",
        "span",
        "div",
        "hr",
    ]
    .into();
    ammonia::Builder::default()
        .tags(tags)
        .generic_attributes(HashSet::new())
        .url_schemes(["https", "http", "mailto"].into())
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(html)
        .to_string()
}

const NAME_LIMIT: usize = 150;
const RESERVED: &[&str] = &[
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8",
    "COM9", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

/// A file name that names one file in one folder on every system: no path, no control character, nothing that turns
/// the reading direction around, no reserved name, at most 150 bytes with its extension kept.
#[must_use]
pub fn safe_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .map(|c| if r#"<>:"|?*"#.contains(c) { '_' } else { c })
        .collect();
    // Windows drops trailing dots and blanks, so two names could become one; a leading dot hides a file.
    let trimmed = bare(&kept);
    let mut name = if trimmed.is_empty() {
        "file".to_owned()
    } else {
        trimmed.to_owned()
    };
    let stem = name
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_uppercase();
    if RESERVED.contains(&stem.as_str()) {
        name.insert(0, '_');
    }
    if name.len() <= NAME_LIMIT {
        return name;
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() <= 16 => (stem, format!(".{extension}")),
        _ => (name.as_str(), String::new()),
    };
    let stem = cut(stem, NAME_LIMIT - extension.len());
    format!("{}{extension}", bare(stem))
}

/// Without dots and blanks around it.
fn bare(name: &str) -> &str {
    name.trim_matches(|c: char| c == '.' || c.is_whitespace())
}

/// Zero-width characters and those that change the reading direction: `invoice\u{202e}fdp.exe` must not read as a PDF.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// At most `limit` bytes, cut between characters.
#[must_use]
pub fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// One line of at most 300 bytes without control characters and tags, for messages of strangers.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut in_tag = false;
    for c in text.chars().take(4_000) {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                line.push(' ');
            }
            _ if in_tag || is_invisible(c) => {}
            c if c.is_control() || c.is_whitespace() => line.push(' '),
            c => line.push(c),
        }
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    cut(&words.join(" "), 300).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_of_strangers_cannot_run_load_or_ask() {
        let hostile = concat!(
            r#"<p onclick="steal()">Dock <b>4</b></p><script>alert(1)</script><img src=x onerror=alert(1)>"#,
            r#"<a href="javascript:alert(1)">x</a><a href="https://example.test/a">y</a>"#,
            r#"<iframe src="https://evil.test"></iframe><form action="/x"><input name=p></form>"#,
            r#"<svg><script>alert(2)</script></svg><style>*{display:none}</style>"#,
        );
        let clean = harmless_html(hostile);
        for word in [
            "script",
            "onclick",
            "onerror",
            "javascript",
            "iframe",
            "<img",
            "<form",
            "<input",
            "svg",
            "style",
            "alert",
        ] {
            assert!(!clean.contains(word), "{word} in {clean}");
        }
        assert!(clean.contains("<p>Dock <b>4</b></p>"));
        assert!(clean.contains(r#"href="https://example.test/a""#) && clean.contains("noopener"));
    }

    #[test]
    fn a_file_name_names_one_file_in_one_folder() {
        assert_eq!(safe_file_name("../../etc/passwd"), "passwd");
        assert_eq!(safe_file_name(r"C:\Windows\win.ini"), "win.ini");
        assert_eq!(safe_file_name("invoice\u{202e}fdp.exe"), "invoicefdp.exe");
        assert_eq!(safe_file_name("a\0b\r\n.pdf"), "ab.pdf");
        assert_eq!(safe_file_name("con.txt"), "_con.txt");
        assert_eq!(safe_file_name(" .. "), "file");
        assert_eq!(safe_file_name(". .profile"), "profile");
        let cut = safe_file_name(&format!("{} {}", "n".repeat(149), "n".repeat(50)));
        assert_eq!(cut, "n".repeat(149));
        assert_eq!(safe_file_name("what?.pdf"), "what_.pdf");
        let long = safe_file_name(&format!("{}.pdf", "ü".repeat(400)));
        assert!(long.len() <= 150 && long.ends_with(".pdf"));
    }
}
