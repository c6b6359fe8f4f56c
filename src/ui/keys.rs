//! Which keys run which command: the commands' own, and those that the user has put in their place.

use std::collections::BTreeMap;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use super::command::Command;

/// The shortcuts in force.
#[derive(Debug, Default)]
pub struct Keys {
    changed: BTreeMap<Command, [KeyboardShortcut; 1]>,
}

/// Why keys cannot be given to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// A text input needs them.
    Types,
    TakenBy(Command),
}

impl Keys {
    /// From the settings: command ids to shortcuts as [`written`]. What cannot be understood, or
    /// clashes, is left as the command has it by itself.
    pub fn from_settings(settings: &BTreeMap<String, String>) -> Self {
        let mut keys = Self::default();
        for (id, text) in settings {
            let command = Command::ALL.iter().find(|c| c.id() == id);
            if let Some((command, shortcut)) = command.zip(parsed(text))
                && keys.refusal(*command, &shortcut).is_none()
            {
                keys.changed.insert(*command, [shortcut]);
            }
        }
        keys
    }

    /// The command's shortcuts, the one to show first.
    pub fn of(&self, command: Command) -> &[KeyboardShortcut] {
        self.changed.get(&command).map_or(command.shortcuts(), |s| s.as_slice())
    }

    /// Why `command` cannot have this shortcut.
    pub fn refusal(&self, command: Command, shortcut: &KeyboardShortcut) -> Option<Refusal> {
        if types(shortcut) {
            return Some(Refusal::Types);
        }
        let others = Command::ALL.iter().filter(|c| **c != command);
        others.copied().find(|c| self.of(*c).contains(shortcut)).map(Refusal::TakenBy)
    }
}

/// Whether a text input needs the shortcut for itself.
pub fn types(shortcut: &KeyboardShortcut) -> bool {
    const HARMLESS: [Key; 16] = [
        Key::Enter,
        Key::Tab,
        Key::PageUp,
        Key::PageDown,
        Key::F1,
        Key::F2,
        Key::F3,
        Key::F4,
        Key::F5,
        Key::F6,
        Key::F7,
        Key::F8,
        Key::F9,
        Key::F10,
        Key::F11,
        Key::F12,
    ];
    const EDITING: [Key; 4] = [Key::A, Key::C, Key::X, Key::V];
    let (modifiers, key) = (shortcut.modifiers, shortcut.logical_key);
    let plain = modifiers.is_none() || modifiers.shift_only();
    (plain && !HARMLESS.contains(&key)) || (modifiers == Modifiers::COMMAND && EDITING.contains(&key))
}

/// As the settings hold it, e.g. `Ctrl+Shift+F5`.
pub fn written(shortcut: &KeyboardShortcut) -> String {
    let m = shortcut.modifiers;
    let mut text = String::new();
    for (held, name) in [(m.command || m.ctrl, "Ctrl+"), (m.alt, "Alt+"), (m.shift, "Shift+")] {
        if held {
            text.push_str(name);
        }
    }
    text + shortcut.logical_key.name()
}

/// The shortcut as [`written`].
pub fn parsed(text: &str) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    let mut rest = text.trim();
    while let Some((name, tail)) = rest.split_once('+') {
        modifiers |= match name {
            "Ctrl" => Modifiers::COMMAND,
            "Alt" => Modifiers::ALT,
            "Shift" => Modifiers::SHIFT,
            _ => return None,
        };
        rest = tail;
    }
    Some(KeyboardShortcut::new(modifiers, Key::from_name(rest)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_survive_the_settings() {
        for command in Command::ALL {
            for shortcut in command.shortcuts() {
                assert_eq!(parsed(&written(shortcut)).as_ref(), Some(shortcut), "{command:?}");
            }
        }
        assert_eq!(parsed("Hyper+K"), None);
    }

    #[test]
    fn changed_keys_take_the_place_of_the_commands_own_unless_they_clash() {
        let settings = |text: &str| BTreeMap::from([("postpone".to_owned(), text.to_owned())]);
        let f11 = parsed("F11").expect("a key");
        assert_eq!(Keys::from_settings(&settings("F11")).of(Command::Postpone), [f11]);
        for refused in ["F9", "K", "Ctrl+V", "nonsense"] {
            let keys = Keys::from_settings(&settings(refused));
            assert_eq!(keys.of(Command::Postpone), Command::Postpone.shortcuts(), "{refused}");
        }
        let keys = Keys::default();
        let taken = keys.refusal(Command::Postpone, &parsed("F9").expect("a key"));
        assert_eq!(taken, Some(Refusal::TakenBy(Command::Reject)));
    }
}
