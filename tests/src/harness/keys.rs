//! Keys by their names, as WebDriver wants them.

use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;

use super::{Outcome, trouble};

/// A little longer than the window ignores single keys after a shortcut.
const AFTER_MODIFIER: Duration = Duration::from_millis(450);

/// The actions that press `chord`, for example `Mod+K`, `Shift+Tab` or `Escape`.
pub(super) fn chord(chord: &str) -> Outcome<KeyActions> {
    let keys: Vec<char> = chord
        .split('+')
        .map(|name| key(name).ok_or_else(|| trouble(format!("no key is named `{name}`"))))
        .collect::<Outcome<_>>()?;
    let mut actions = KeyActions::new("keyboard".into());
    for value in &keys {
        actions = actions.then(KeyAction::Down { value: *value });
    }
    for value in keys.iter().rev() {
        actions = actions.then(KeyAction::Up { value: *value });
    }
    if chord.contains("Mod+") || chord.contains("Alt+") {
        // A single key right after a modifier went up is taken for the tail of the shortcut. Fingers are slower.
        actions = actions.then(KeyAction::Pause {
            duration: AFTER_MODIFIER,
        });
    }
    Ok(actions)
}

fn key(name: &str) -> Option<char> {
    let special = match name {
        // The system under test is Linux, where the modifier of shortcuts is Control.
        "Mod" | "Control" | "Ctrl" => Key::Control,
        "Shift" => Key::Shift,
        "Alt" => Key::Alt,
        "Enter" => Key::Enter,
        "Escape" => Key::Escape,
        "Tab" => Key::Tab,
        "Backspace" => Key::Backspace,
        "Delete" => Key::Delete,
        "ArrowUp" => Key::Up,
        "ArrowDown" => Key::Down,
        "ArrowLeft" => Key::Left,
        "ArrowRight" => Key::Right,
        "Home" => Key::Home,
        "End" => Key::End,
        "PageUp" => Key::PageUp,
        "PageDown" => Key::PageDown,
        "Space" => return Some(' '),
        "Plus" => return Some('+'),
        _ => {
            let mut characters = name.chars();
            let one = characters.next()?;
            return characters
                .next()
                .is_none()
                .then(|| one.to_lowercase().next())?;
        }
    };
    Some(special.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_as_in_the_help_of_the_app() {
        assert_eq!(key("K"), Some('k'));
        assert_eq!(key("?"), Some('?'));
        assert_eq!(key("Mod"), Some(Key::Control.into()));
        assert_eq!(key("Banana"), None);
        assert!(chord("Mod+Shift+Enter").is_ok());
        assert!(chord("Mod+Banana").is_err());
    }
}
