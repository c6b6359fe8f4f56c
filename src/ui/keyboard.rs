//! Keys to commands. Reads the shortcuts in force; knows no key by itself.

use eframe::egui::{self, Event, FocusDirection, Key, KeyboardShortcut};

use super::{command::Command, keys::Keys};

/// The commands whose shortcuts were pressed in this frame; their key events are taken away, so
/// that no input sees them. `form_has_keyboard`: an input of the form has it.
pub fn pressed(ctx: &egui::Context, keys: &Keys, form_has_keyboard: bool) -> Vec<Command> {
    let nobody = ctx.memory(|m| m.focused().is_none());
    let mut pressed = Vec::new();
    for &command in Command::ALL {
        // Pasting arrives as an event of its own.
        if command == Command::PasteImage || (command.only_in_form() && !form_has_keyboard && !nobody) {
            continue;
        }
        for shortcut in keys.of(command) {
            for _ in 0..take(ctx, shortcut) {
                pressed.push(command);
                if shortcut.logical_key == Key::Tab {
                    ctx.memory_mut(|m| m.move_focus(FocusDirection::None));
                }
            }
        }
    }
    pressed
}

/// Takes the presses of exactly this shortcut. (Egui's own way ignores further Shift and Alt.)
fn take(ctx: &egui::Context, shortcut: &KeyboardShortcut) -> usize {
    ctx.input_mut(|input| {
        let before = input.events.len();
        input.events.retain(|event| {
            !matches!(event, Event::Key { key, modifiers, pressed: true, .. }
                if *key == shortcut.logical_key && modifiers.matches_exact(shortcut.modifiers))
        });
        let taken = before - input.events.len();
        if taken > 0 && shortcut.modifiers.alt {
            // With Alt held a key still types its letter, which comes as an event of its own.
            input.events.retain(|event| !matches!(event, Event::Text(_)));
        }
        taken
    })
}
