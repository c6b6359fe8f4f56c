//! Everything the window can be asked to do.
//!
//! [`Command`] is the closed set that menu, toolbar, palette, shortcut sheet and keyboard read;
//! [`Request`] adds what panels ask for with particulars. Panels only send; [`super::act`] acts.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use crate::{
    export::audit_log::LogFormat,
    extract::FieldPath,
    geometry::Quad,
    review::{DocumentId, Edit, FileId, store::Password},
};

use super::{
    export_panel::ExportChoice,
    icon::Icon,
    listing::{Filter, Sort},
    page::Snip,
    panel::claim::ClaimFormat,
    settings::{FieldRule, ThemeChoice},
    state::{Draft, Panel},
    text::Language,
};

/// Declares the commands: variant, its name in the text files, icon, shortcuts.
macro_rules! commands {
    ($($(#[$doc:meta])* $variant:ident $id:literal $icon:ident [$($shortcut:expr),*];)*) => {
        /// A command without particulars.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command { $($(#[$doc])* $variant),* }

        impl Command {
            /// Every command, in the order in which the palette and the shortcut sheet list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in the text files.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),* }
            }

            pub fn icon(self) -> Icon {
                match self { $(Self::$variant => Icon::$icon),* }
            }

            /// Its shortcuts, the one to show first.
            pub fn shortcuts(self) -> &'static [KeyboardShortcut] {
                match self { $(Self::$variant => const { &[$($shortcut),*] }),* }
            }
        }
    };
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

commands! {
    OpenFiles "open_files" File [ctrl(Key::O)];
    OpenFolder "open_folder" Folder [ctrl_shift(Key::O)];
    /// The shortcut arrives as a paste event, not as a key.
    PasteImage "paste_image" Paste [ctrl(Key::V)];
    OpenSample "open_sample" File [];
    StopReading "stop_reading" Stop [ctrl(Key::Period)];
    PauseReading "pause_reading" Pause [ctrl_shift(Key::Period)];
    ReadAgain "read_again" Retry [plain(Key::F5)];
    ReadPage "read_page" ReadAgain [ctrl(Key::F5)];
    RetryFailed "retry_failed" Retry [];
    RemoveFile "remove_file" Cross [ctrl_shift(Key::Delete)];
    Export "export" Export [ctrl(Key::E)];
    Claim "claim" Function [];
    Signing "signing" Pen [];
    RenameFiles "rename_files" Pen [];
    CopyVerification "copy_verification" Paste [];

    Password "password" Key [];

    NextField "next_field" Down [plain(Key::Enter), plain(Key::Tab)];
    PreviousField "previous_field" Up [shift(Key::Enter), shift(Key::Tab)];
    NextValue "next_value" Down [ctrl(Key::ArrowDown)];
    PreviousValue "previous_value" Up [ctrl(Key::ArrowUp)];
    AdoptSuggestion "adopt_suggestion" CheckCircle [plain(Key::F2)];
    AcceptField "accept_field" Check [plain(Key::F3)];
    MarkIllegible "mark_illegible" Dash [plain(Key::F4)];
    MarkEmpty "mark_empty" Minus [plain(Key::F10)];
    ReadField "read_field" ReadAgain [plain(Key::F6)];
    ShowUnprinted "show_unprinted" Eye [alt(Key::Num5)];
    Undo "undo" Undo [ctrl(Key::Z)];
    Redo "redo" Redo [ctrl_shift(Key::Z), ctrl(Key::Y)];

    Confirm "confirm" CheckCircle [ctrl(Key::Enter)];
    ConfirmClean "confirm_clean" CheckCircle [ctrl_shift(Key::Enter)];
    GroupCheck "group_check" Columns [ctrl(Key::G)];
    Postpone "postpone" Clock [plain(Key::F8)];
    Reject "reject" Return [plain(Key::F9)];
    Reopen "reopen" Undo [plain(Key::F7)];
    ChangeKind "change_kind" Pen [ctrl(Key::T)];
    FieldRules "field_rules" Settings [];
    Arrange "arrange" Sort [ctrl_shift(Key::D)];
    Compare "compare" Columns [];
    NextDocument "next_document" Down [plain(Key::PageDown)];
    PreviousDocument "previous_document" Up [plain(Key::PageUp)];
    SearchQueue "search_queue" Search [ctrl_shift(Key::F)];
    NextPage "next_page" Down [ctrl(Key::PageDown)];
    PreviousPage "previous_page" Up [ctrl(Key::PageUp)];

    ZoomIn "zoom_in" ZoomIn [alt(Key::Equals), alt(Key::Plus)];
    ZoomOut "zoom_out" ZoomOut [alt(Key::Minus)];
    FitPage "fit_page" FitPage [ctrl(Key::Num0)];
    FitWidth "fit_width" FitWidth [ctrl(Key::Num9)];
    ActualSize "actual_size" ActualSize [ctrl(Key::Num1)];
    ZoomToField "zoom_to_field" ZoomField [ctrl(Key::J)];
    Rotate "rotate" Rotate [ctrl(Key::R)];
    FindOnPage "find_on_page" Search [ctrl(Key::F)];
    EditTable "edit_table" Columns [ctrl_shift(Key::T)];
    ShowLines "show_lines" Eye [alt(Key::Num1)];
    ShowFields "show_fields" Eye [alt(Key::Num2)];
    ShowTables "show_tables" Eye [alt(Key::Num3)];
    ShowSeals "show_seals" Eye [alt(Key::Num4)];

    NewTemplate "new_template" Plus [alt(Key::N)];
    OwnTemplates "own_templates" TextLayer [];
    SaveTemplate "save_template" Check [ctrl(Key::S)];
    CloseTemplate "close_template" Cross [];
    MarkReferences "mark_references" TextLayer [alt(Key::Num6)];
    MarkPlaces "mark_places" FitPage [alt(Key::Num7)];
    RemoveMark "remove_mark" Minus [alt(Key::Delete)];

    Palette "palette" Palette [ctrl(Key::K)];
    Shortcuts "shortcuts" Keyboard [plain(Key::F1)];
    Settings "settings" Settings [ctrl(Key::Comma)];
    Audit "audit" Clock [];
    Statistics "statistics" Chart [];
    PrivateWindow "private_window" Eye [];
    ShowQueue "show_queue" Panel [ctrl(Key::B)];
    ShowForm "show_form" Panel [ctrl_shift(Key::B)];
    SwitchLanguage "switch_language" Language [];
    SwitchTheme "switch_theme" Theme [];
    ScaleUp "scale_up" Plus [ctrl(Key::Equals), ctrl(Key::Plus), ctrl_shift(Key::Plus)];
    ScaleDown "scale_down" Minus [ctrl(Key::Minus)];
    ScaleReset "scale_reset" ActualSize [];
}

impl Command {
    /// Groups of the palette and the shortcut sheet: a command starts the group named here.
    pub fn starts_group(self) -> Option<&'static str> {
        Some(match self {
            Self::OpenFiles => "files",
            Self::NextField => "fields",
            Self::Confirm => "documents",
            Self::ZoomIn => "page",
            Self::NewTemplate => "templates",
            Self::Palette => "window",
            _ => return None,
        })
    }

    /// Whether it opens a panel about documents, which says nothing where there are none.
    pub fn opens_panel(self) -> bool {
        matches!(
            self,
            Self::Export
                | Self::Claim
                | Self::Signing
                | Self::RenameFiles
                | Self::GroupCheck
                | Self::Statistics
                | Self::FieldRules
                | Self::Arrange
                | Self::ChangeKind
                | Self::ConfirmClean
                | Self::Password
        )
    }

    /// What works on the record in the form; while a form of one's own is made, there is none.
    pub fn is_about_record(self) -> bool {
        matches!(
            self,
            Self::NextField
                | Self::PreviousField
                | Self::AdoptSuggestion
                | Self::AcceptField
                | Self::MarkIllegible
                | Self::MarkEmpty
                | Self::ReadField
                | Self::Confirm
                | Self::Postpone
                | Self::Reject
                | Self::Reopen
                | Self::ChangeKind
        )
    }

    /// Keys that text inputs and buttons also know: they act only in the form or with no focus.
    pub fn only_in_form(self) -> bool {
        matches!(self, Self::NextField | Self::PreviousField)
    }
}

/// Where a field was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenIn {
    Form,
    Page,
}

/// Changes of which pages belong to which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrange {
    /// The pages from here on become a document of their own.
    Split(DocumentId, usize),
    /// The second becomes part of the first.
    Merge(DocumentId, DocumentId),
    Page {
        page: usize,
        from: DocumentId,
        to: DocumentId,
    },
    /// Behind its neighbour, or before it.
    Move(DocumentId, bool),
}

/// What panels ask for.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    Run(Command),
    /// Show this file's page, with this document in the form.
    Select {
        file: FileId,
        document: Option<DocumentId>,
        page: usize,
    },
    /// This field is in work now.
    Field(FieldPath, ChosenIn),
    /// The input of the field in work was left: what was typed becomes an edit.
    Commit,
    /// What is being typed is not meant: the value before comes back.
    TakeBackTyping,
    Edit(Edit),
    /// Take this value for the field.
    Adopt(FieldPath, String),
    /// Put a line of the page into the field in work.
    TakeLine {
        text: String,
        quad: Quad,
        confidence: f32,
    },
    /// Read this part of the page again, for the field in work.
    ReadBox(Quad),
    /// Move the page so that this part is seen.
    Show(Quad),
    ChangeKind(String),
    /// Cells from a spreadsheet go into a table, the first one here.
    PasteCells(FieldPath, String),
    /// Confirm these documents, which have nothing doubtful.
    ConfirmAll(Vec<DocumentId>),
    /// Confirm although errors stand.
    ConfirmWithReason(String),
    Filter(Filter),
    Sort(Sort),
    Search(String),
    /// The first listed file comes on show, if the one that is there is not listed.
    ShowListed,
    Export(ExportChoice),
    /// Documents with errors go along, for this reason.
    ExportWithReason(ExportChoice, String),
    /// Something about the form of one's own that is being made.
    Template(super::template::Ask),
    /// Something about the table in hand.
    Table(super::table::Ask),
    /// Choose the columns of Excel and CSV.
    EditColumns,
    /// Save them as a profile.
    SaveColumns,
    OpenFolderOf(PathBuf),
    Open(Vec<PathBuf>),
    /// A file in sight has no thumbnail yet.
    Thumbnail(FileId),
    Password(FileId, String),
    /// Set, change or remove the workspace's password.
    WorkspacePassword {
        current: Option<Password>,
        new: Option<Password>,
    },
    /// Every window opens in private mode from now on, or not.
    AlwaysPrivate(bool),
    ReadFile(FileId),
    RetryEngines,
    /// Write the claim that the panel has put together.
    WriteClaim(ClaimFormat),
    /// Rename the files as the panel shows.
    Rename,
    /// A rule for a field, named `kind.field`.
    FieldRule(String, FieldRule),
    /// The value is entered a second time.
    SecondEntry(Draft),
    /// Of two entries that differ this one is right.
    DecideEntry(DocumentId, FieldPath, String),
    Arrange(Arrange),
    /// A picture that a panel shows is not there yet.
    Snip(Snip),
    ExportAudit(LogFormat),
    /// Choose an exported audit log and verify it.
    VerifyAudit,
    Panel(Option<Panel>),
    Dismiss(u64),
    Language(Language),
    Theme(ThemeChoice),
    Scale(u16),
    /// Values read with less confidence than this, in percent, are always to be looked at.
    LookBelow(u8),
    /// So many percent of the documents confirmed together are looked at first.
    Sample(u8),
    /// New keys for a command.
    SetKeys(Command, KeyboardShortcut),
    /// Every command has its own keys again.
    ResetKeys,
    /// Who works here, for the audit trail; blank: the system's user.
    Operator(String),
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{super::keys::types, *};

    #[test]
    fn no_two_shortcuts_clash() {
        let mut taken = HashMap::new();
        for command in Command::ALL {
            for shortcut in command.shortcuts() {
                if let Some(other) = taken.insert(*shortcut, command) {
                    panic!("{command:?} and {other:?} share {shortcut:?}");
                }
            }
        }
    }

    #[test]
    fn shortcuts_leave_typing_alone() {
        for command in Command::ALL {
            for s in command.shortcuts() {
                let pastes = *command == Command::PasteImage;
                assert!(pastes || !types(s), "{command:?} takes {s:?} from text inputs");
            }
        }
    }
}
