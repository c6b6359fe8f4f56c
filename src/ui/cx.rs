//! What a panel may read while it draws, and where it leaves what it asks for.

use eframe::egui::{self, Button, Key, KeyboardShortcut, Response, RichText, Ui};

use crate::{
    export::verification_text,
    kind::{FieldSpec, FieldType},
    review::{Document, FileEntry, ReadingState, ReviewDocument, Session},
};

use super::{
    command::{Command, Request},
    fonts::CjkFont,
    icon::Icon,
    keys::Keys,
    page::PageImages,
    reading::Reading,
    settings::Settings,
    state::UiState,
    text::{Language, Texts},
    theme::{Roles, SMALL},
};

/// The panel's view of the window.
pub struct Cx<'a> {
    pub session: &'a Session,
    pub t: &'a Texts,
    pub lang: Language,
    pub roles: &'static Roles,
    pub settings: &'a Settings,
    pub keys: &'a Keys,
    pub cjk: CjkFont,
    pub reading: &'a Reading,
    pub images: &'a PageImages,
    pub state: &'a mut UiState,
    pub requests: &'a mut Vec<Request>,
}

impl<'a> Cx<'a> {
    pub fn ask(&mut self, request: Request) {
        self.requests.push(request);
    }

    pub fn run(&mut self, command: Command) {
        self.requests.push(Request::Run(command));
    }

    pub fn file(&self) -> Option<&'a FileEntry> {
        self.session.file(self.state.selection?.file)
    }

    pub fn document(&self) -> Option<&'a ReviewDocument> {
        self.session.document(self.state.document()?)
    }

    /// The name of a document's kind; its id where the registry does not know it.
    pub fn kind_name(&self, document: &'a Document) -> &'a str {
        let id = document.found.kind.as_str();
        self.session.registry().get(id).map_or(id, |k| k.name.get(self.lang))
    }

    /// A value as it is called: names in place of the words of a closed list.
    pub fn in_words<'v>(&'v self, spec: Option<&'v FieldSpec>, value: &'v str) -> &'v str {
        match (spec.map(|s| s.field_type), value) {
            (Some(FieldType::Flag), "true") => &self.t.form.yes,
            (Some(FieldType::Flag), "false") => &self.t.form.no,
            _ => spec.map_or(value, |s| s.shown(value, self.lang)),
        }
    }

    /// The command's shortcut in words, e.g. `Ctrl+E`; empty where it has none.
    pub fn shortcut(&self, ctx: &egui::Context, command: Command) -> String {
        first_shortcut(ctx, self.keys, command)
    }

    /// The command's tooltip with its shortcut.
    fn tooltip(&self, ctx: &egui::Context, command: Command) -> String {
        let shortcut = self.shortcut(ctx, command);
        let tooltip = self.t.tooltip(command);
        if shortcut.is_empty() { tooltip.to_owned() } else { format!("{tooltip}  {shortcut}") }
    }

    /// A button with icon and text for a command.
    pub fn button(&mut self, ui: &mut Ui, command: Command) -> Response {
        let button = Button::new((command.icon().atom(), self.t.command(command)));
        self.command_button(ui, command, button)
    }

    /// The one button that stands out: text on the colour of selection.
    pub fn main_button(&mut self, ui: &mut Ui, command: Command) -> Response {
        let icon = command.icon().atom_colored(Some(self.roles.on_selection));
        let text = RichText::new(self.t.command(command)).color(self.roles.on_selection);
        let button = Button::new((icon, text)).fill(self.roles.selection);
        self.command_button(ui, command, button)
    }

    /// A button with only the icon; its name is the command's.
    pub fn icon_button(&mut self, ui: &mut Ui, command: Command) -> Response {
        let button = Button::new(command.icon().atom()).frame_when_inactive(false);
        let response = self.command_button(ui, command, button);
        let name = self.t.command(command).to_owned();
        response.accessible_name(name)
    }

    fn command_button(&mut self, ui: &mut Ui, command: Command, button: Button<'_>) -> Response {
        let enabled = self.can(command);
        let response = ui.add_enabled(enabled, button);
        if response.clicked() {
            self.run(command);
        }
        let tooltip = self.tooltip(ui.ctx(), command);
        response.on_hover_text(tooltip)
    }

    /// A command as a row of a menu, with its shortcut at the right.
    pub fn menu_item(&mut self, ui: &mut Ui, command: Command) {
        let shortcut = self.shortcut(ui.ctx(), command);
        let text = self.t.command(command);
        let button = Button::new((command.icon().atom(), text))
            .shortcut_text(RichText::new(shortcut).size(SMALL))
            .frame_when_inactive(false)
            .min_size(egui::vec2(220.0, 28.0));
        let response = ui.add_enabled(self.can(command), button);
        if response.on_hover_text(self.t.tooltip(command)).clicked() {
            self.run(command);
            ui.close();
        }
    }

    /// Whether a command has anything to work on.
    pub fn can(&self, command: Command) -> bool {
        match command {
            Command::StopReading | Command::PauseReading => self.reading.is_running(),
            Command::RetryFailed => {
                self.session.files().iter().any(|f| super::listing::failed(f) || self.is_left(f))
            }
            Command::Password => self.file().is_some_and(wants_password),
            Command::Claim | Command::RenameFiles | Command::GroupCheck | Command::Statistics => {
                self.session.documents().next().is_some()
            }
            Command::Signing => self.document().is_some_and(|d| {
                self.session.registry().get(&d.document.found.kind).is_some_and(|k| k.signing.is_some())
            }),
            Command::CopyVerification => self.document().is_some_and(|d| {
                let kind = self.session.registry().get(&d.document.found.kind);
                kind.is_some_and(|k| verification_text(k, &d.document.record, self.lang).is_some())
            }),
            Command::FieldRules => self.document().is_some(),
            Command::Arrange => self.file().is_some_and(|f| !f.documents.is_empty()),
            Command::Undo | Command::Redo | Command::SaveTemplate | Command::CloseTemplate
                if self.state.template.is_some() =>
            {
                self.state.template.as_ref().is_some_and(|editor| match command {
                    Command::Undo => editor.can_undo(),
                    Command::Redo => editor.can_redo(),
                    _ => true,
                })
            }
            Command::PrivateWindow => self.state.keeping != super::keeping::Keeping::Private,
            Command::Undo => self.session.can_undo(),
            Command::Redo => self.session.can_redo(),
            Command::NewTemplate => self.state.selection.is_some(),
            Command::SaveTemplate
            | Command::CloseTemplate
            | Command::MarkReferences
            | Command::MarkPlaces => self.state.template.is_some(),
            Command::RemoveMark => self.state.template.as_ref().is_some_and(|e| e.selected.is_some()),
            Command::Export => self.session.documents().next().is_some(),
            Command::ReadAgain | Command::ReadPage | Command::RemoveFile => self.state.selection.is_some(),
            Command::Confirm | Command::Postpone | Command::Reject => {
                self.document().is_some_and(|d| !is_closed(d))
            }
            Command::Reopen => self.document().is_some_and(is_set_aside),
            Command::Compare => self.state.document().is_some_and(|id| self.state.listing.twin(id).is_some()),
            Command::ChangeKind => self.document().is_some_and(|d| !is_closed(d)),
            Command::NextField | Command::PreviousField | Command::NextValue | Command::PreviousValue => {
                self.document().is_some()
            }
            Command::AcceptField | Command::AdoptSuggestion
                if self.state.table.as_ref().is_some_and(|t| t.typing) =>
            {
                true
            }
            Command::AdoptSuggestion
            | Command::AcceptField
            | Command::MarkIllegible
            | Command::MarkEmpty
            | Command::ReadField => {
                self.state.field.is_some() && self.document().is_some_and(|d| !is_closed(d))
            }
            Command::ConfirmClean | Command::SearchQueue => !self.session.files().is_empty(),
            Command::EditTable => {
                self.state.selection.is_some_and(|s| self.file().is_some_and(|f| f.page(s.page).is_some()))
            }
            Command::ZoomToField => self.state.field.is_some(),
            Command::NextPage | Command::PreviousPage => self.file().is_some_and(|f| page_count(f) > 1),
            Command::ZoomIn
            | Command::ZoomOut
            | Command::FitPage
            | Command::FitWidth
            | Command::ActualSize
            | Command::Rotate
            | Command::FindOnPage => self.state.selection.is_some(),
            Command::NextDocument | Command::PreviousDocument => !self.session.files().is_empty(),
            _ => true,
        }
    }

    /// Whether a file waits to be read and nothing is about to read it: reading was stopped.
    pub fn is_left(&self, file: &FileEntry) -> bool {
        file.state == ReadingState::Waiting && !self.reading.is_running()
    }

    /// A quiet small label, e.g. a field's name.
    pub fn quiet(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).size(SMALL).color(self.roles.quiet)
    }
}

/// A shortcut as it stands on the keys: `Ctrl+,` rather than `Ctrl+Comma`.
pub fn in_words(ctx: &egui::Context, shortcut: &KeyboardShortcut) -> String {
    let key = match shortcut.logical_key {
        Key::Comma => ",",
        Key::Period => ".",
        Key::Equals => "=",
        Key::Minus => "-",
        Key::Plus => "+",
        other => other.name(),
    };
    match ctx.format_modifiers(shortcut.modifiers) {
        modifiers if modifiers.is_empty() => key.to_owned(),
        modifiers => format!("{modifiers}+{key}"),
    }
}

/// The command's first shortcut, for sentences.
pub fn first_shortcut(ctx: &egui::Context, keys: &Keys, command: Command) -> String {
    keys.of(command).first().map_or_else(String::new, |s| in_words(ctx, s))
}

/// Whether a document takes no more edits.
pub fn is_closed(document: &ReviewDocument) -> bool {
    use crate::review::DocumentState::{Confirmed, Exported};
    matches!(document.document.state, Confirmed | Exported)
}

/// Whether a document is in any state but waiting for review.
fn is_set_aside(document: &ReviewDocument) -> bool {
    document.document.state != crate::review::DocumentState::ToReview
}

/// Why a page of a file could not be read, of the first such page.
pub fn page_error(file: &FileEntry) -> Option<&str> {
    file.pages.iter().find_map(|p| p.error.as_deref())
}

/// Whether a file can only be read with a password that is not known.
pub fn wants_password(file: &FileEntry) -> bool {
    matches!(file.state, ReadingState::Failed { needs_password: true, .. })
}

/// How many pages a file has, as far as is known.
pub fn page_count(file: &FileEntry) -> usize {
    let last = file.pages.last().map_or(0, |p| p.page);
    file.page_count.unwrap_or(1).max(last)
}

/// A button with an icon, an accessible name and a tooltip, for what is no command.
pub fn small_icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let button = Button::new(icon.atom()).frame_when_inactive(false).min_size(egui::vec2(24.0, 24.0));
    ui.add(button).on_hover_text(name).accessible_name(name)
}
