//! What the window remembers beside the session: selection, view, drafts, open panels.
//!
//! All of it may be lost without losing work.

use std::collections::HashMap;

use crate::{
    extract::FieldPath,
    geometry::Quad,
    review::{DocumentId, DocumentState, FileId},
};

use super::page::{PageKey, PageState};

/// Which documents the queue lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Filter {
    #[default]
    All,
    State(DocumentState),
    /// Files that could not be read.
    Failed,
}

/// A panel over the window; at most one is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    Palette,
    Shortcuts,
    Export,
    Settings,
    Password(FileId),
    /// Errors stand against confirming: why should it be confirmed all the same?
    Reason,
    /// Which kind the document is.
    Kinds,
}

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    pub file: FileId,
    pub document: Option<DocumentId>,
    /// From 1.
    pub page: usize,
}

impl Selection {
    pub fn page_key(&self) -> PageKey {
        PageKey { file: self.file, page: self.page }
    }
}

/// What is being typed into the field in work; every keystroke is also an edit.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub document: DocumentId,
    pub path: FieldPath,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    Done,
    Warning,
    Failure,
}

/// A sentence for the user, shown until it is dismissed, replaced or, where nothing is wrong, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub id: u64,
    pub kind: NoticeKind,
    pub text: String,
    /// A folder that the notice offers to open.
    pub folder: Option<std::path::PathBuf>,
    /// When it was first drawn, in seconds of egui's clock.
    pub since: Option<f64>,
}

#[derive(Default)]
pub struct UiState {
    pub selection: Option<Selection>,
    /// The field in work.
    pub field: Option<FieldPath>,
    /// The field in work gets the keyboard in the next frame and scrolls into sight.
    pub focus_field: bool,
    /// A form input has the keyboard.
    pub form_has_keyboard: bool,
    pub draft: Option<Draft>,
    pub filter: Filter,
    /// The selected row of the queue scrolls into sight.
    pub reveal_selection: bool,
    pub page: PageState,
    /// Quarter turns of the view by the user, in degrees, over the page's own.
    pub turns: HashMap<PageKey, u16>,
    pub panel: Option<Panel>,
    /// The open panel was opened in this frame: its input gets the keyboard.
    pub panel_is_new: bool,
    /// Text typed into the open panel.
    pub query: String,
    /// The chosen row of the palette.
    pub chosen: usize,
    pub find: String,
    pub find_open: bool,
    /// The find input gets the keyboard in the next frame.
    pub focus_find: bool,
    pub export: super::export_panel::ExportChoice,
    pub notices: Vec<Notice>,
    next_notice: u64,
    /// A part of the page that is read again for the field in work.
    pub reading_box: Option<Quad>,
}

/// So many notices are shown at once; older ones give way.
const NOTICES: usize = 3;

impl UiState {
    pub fn notify(&mut self, kind: NoticeKind, text: impl Into<String>) {
        self.notify_with_folder(kind, text, None);
    }

    pub fn notify_with_folder(
        &mut self,
        kind: NoticeKind,
        text: impl Into<String>,
        folder: Option<std::path::PathBuf>,
    ) {
        let text = text.into();
        self.notices.retain(|n| n.text != text);
        self.next_notice += 1;
        self.notices.push(Notice { id: self.next_notice, kind, text, folder, since: None });
        let surplus = self.notices.len().saturating_sub(NOTICES);
        self.notices.drain(..surplus);
    }

    pub fn open_panel(&mut self, panel: Panel) {
        self.panel = Some(panel);
        self.panel_is_new = true;
        self.query.clear();
        self.chosen = 0;
    }

    pub fn document(&self) -> Option<DocumentId> {
        self.selection?.document
    }
}
