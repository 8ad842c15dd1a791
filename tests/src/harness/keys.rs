//! Keys by their names, as WebDriver wants them.

use serde_json::{Value, json};

use super::{Outcome, trouble};

/// A little longer, in milliseconds, than the window ignores single keys after a shortcut.
const AFTER_MODIFIER: u32 = 450;

/// The actions that press chords one after the other: `Mod+K`, `Shift+Tab`, `g a`. In one go, because the second key of a
/// pair counts only while the first is fresh, and a busy machine takes its time between two requests.
pub(super) fn chords(chords: &str) -> Outcome<Value> {
    let mut actions = Vec::new();
    for one in chords.split_whitespace() {
        actions.extend(chord(one)?);
    }
    Ok(json!({ "type": "key", "id": "keyboard", "actions": actions }))
}

fn chord(chord: &str) -> Outcome<Vec<Value>> {
    let keys: Vec<char> = chord
        .split('+')
        .map(|name| key(name).ok_or_else(|| trouble(format!("no key is named `{name}`"))))
        .collect::<Outcome<_>>()?;
    let down = keys
        .iter()
        .map(|key| json!({ "type": "keyDown", "value": key }));
    let up = keys
        .iter()
        .rev()
        .map(|key| json!({ "type": "keyUp", "value": key }));
    let mut actions: Vec<Value> = down.chain(up).collect();
    if chord.contains("Mod+") || chord.contains("Alt+") {
        // A single key right after a modifier went up is taken for the tail of the shortcut. Fingers are slower.
        actions.push(json!({ "type": "pause", "duration": AFTER_MODIFIER }));
    }
    Ok(actions)
}

/// The character that stands for a key in the protocol.
fn key(name: &str) -> Option<char> {
    let special = match name {
        // The system under test is Linux, where the modifier of shortcuts is Control.
        "Mod" | "Control" | "Ctrl" => '\u{E009}',
        "Shift" => '\u{E008}',
        "Alt" => '\u{E00A}',
        "Backspace" => '\u{E003}',
        "Tab" => '\u{E004}',
        "Enter" => '\u{E007}',
        "Escape" => '\u{E00C}',
        "Space" => ' ',
        "PageUp" => '\u{E00E}',
        "PageDown" => '\u{E00F}',
        "End" => '\u{E010}',
        "Home" => '\u{E011}',
        "ArrowLeft" => '\u{E012}',
        "ArrowUp" => '\u{E013}',
        "ArrowRight" => '\u{E014}',
        "ArrowDown" => '\u{E015}',
        "Delete" => '\u{E017}',
        "F6" => '\u{E036}',
        "Plus" => '+',
        _ => {
            let mut characters = name.chars();
            let one = characters.next()?;
            return characters
                .next()
                .is_none()
                .then(|| one.to_lowercase().next())?;
        }
    };
    Some(special)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_in_the_help_of_the_app() {
        assert_eq!(key("K"), Some('k'));
        assert_eq!(key("?"), Some('?'));
        assert_eq!(key("Banana"), None);
        assert!(chords("g Mod+Banana").is_err());
        let pressed = chords("Shift+Enter a").unwrap();
        let kinds: Vec<_> = pressed["actions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|action| action["type"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            ["keyDown", "keyDown", "keyUp", "keyUp", "keyDown", "keyUp"]
        );
    }
}
