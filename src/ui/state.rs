//! What the window remembers beside the session: selection, view, drafts, open panels.
//!
//! All of it may be lost without losing work.

use std::collections::HashSet;

use crate::{
    extract::FieldPath,
    geometry::Quad,
    review::{DocumentId, FileId},
};

use super::{
    listing::Listing,
    page::{PageKey, PageState},
};

/// A panel over the window; at most one is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    Palette,
    Shortcuts,
    Export,
    /// The columns of Excel and CSV.
    Columns,
    Settings,
    Password(FileId),
    /// Errors stand against confirming: why should it be confirmed all the same?
    Reason,
    /// Which kind the document is.
    Kinds,
    /// The documents without a doubt, to be confirmed together.
    Clean,
    /// The document beside another one that is probably the same.
    Compare(DocumentId),
    /// What was changed.
    Audit,
    /// Which pages belong to which document.
    Arrange,
    Claim,
    /// The document's parties, seals and places for signatures.
    Signing,
    Rename,
    /// One field over many documents.
    Group,
    Statistics,
    /// Thresholds and second entry of the fields of a kind.
    Rules,
    /// The saved forms of one's own.
    Templates,
    /// The workspace's password: set, changed, removed.
    WorkspacePassword,
    /// The form in the making has changes that are not saved.
    UnsavedTemplate,
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

/// What a notice offers to do, with a button.
#[derive(Debug, Clone, PartialEq)]
pub enum Offer {
    OpenFolder(std::path::PathBuf),
    /// List the files that could not be read.
    ShowFailed,
    /// Read the files that still wait.
    ReadOn,
}

/// A sentence for the user, shown until it is dismissed, replaced or, where nothing is wrong, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub id: u64,
    pub kind: NoticeKind,
    pub text: String,
    pub offer: Option<Offer>,
    /// It is about this document only, and goes when another one is shown.
    pub about: Option<DocumentId>,
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
    pub listing: Listing,
    /// What the listing was worked out from has changed.
    pub listing_is_stale: bool,
    /// When it was last worked out, in seconds of egui's clock.
    pub refreshed_at: f64,
    /// The window is too narrow for all three panes.
    pub narrow: bool,
    /// In such a window the queue stands in the form's place until a document is chosen.
    pub queue_for_form: bool,
    /// The queue's search gets the keyboard in the next frame.
    pub focus_search: bool,
    /// The selected row of the queue scrolls into sight.
    pub reveal_selection: bool,
    /// The next box dragged over this page becomes a table.
    pub drawing_table: Option<PageKey>,
    pub page: PageState,
    /// Pages that the user has turned: read again, they keep that way up.
    pub turned: HashSet<PageKey>,
    /// Documents without a doubt that were on show since such documents were last confirmed together.
    pub looked_at: HashSet<DocumentId>,
    pub panel: Option<Panel>,
    /// The open panel was opened in this frame: its input gets the keyboard.
    pub panel_is_new: bool,
    /// The command that waits for its new keys.
    pub capturing: Option<super::command::Command>,
    /// Text typed into the open panel.
    pub query: String,
    /// The chosen row of the palette.
    pub chosen: usize,
    pub find: String,
    pub find_open: bool,
    /// The find input gets the keyboard in the next frame.
    pub focus_find: bool,
    /// The audit panel shows the document's entries only.
    pub audit_of_document: bool,
    pub claim: super::panel::claim::ClaimDraft,
    pub rename: super::panel::rename::RenameDraft,
    pub group: super::panel::group::GroupDraft,
    pub statistics: Option<crate::review::Statistics>,
    /// What is being entered a second time.
    pub second: Option<Draft>,
    /// A second entry that differs from the first.
    pub second_differs: Option<Draft>,
    pub export: super::export_panel::ExportChoice,
    /// Names of the saved export profiles.
    pub profiles: Vec<String>,
    /// The chosen one; `None`: all columns.
    pub profile: Option<String>,
    /// The profile that is being edited.
    pub columns: super::columns_panel::ColumnsDraft,
    /// The table of the page that is being edited.
    pub table: Option<super::table::InHand>,
    /// The form that is being made; its pane takes the place of the record's.
    pub template: Option<std::sync::Arc<super::template::Editor>>,
    /// The saved forms, as last looked at.
    pub saved_templates: Vec<super::template::Saved>,
    /// What becomes of the workspace on disk.
    pub keeping: super::keeping::Keeping,
    /// What is typed about its password.
    pub password: super::keeping::PasswordDraft,
    pub notices: Vec<Notice>,
    /// What was said when reading last ended; the next end takes its place.
    pub reading_notice: Option<u64>,
    /// A value that was read a second time and came out differently; what it came out as.
    pub second_reading: Option<(DocumentId, FieldPath, String)>,
    /// A document that was to be confirmed while so many values were open: asked once more, it is.
    pub confirm_asked: Option<(DocumentId, usize)>,
    next_notice: u64,
    /// A part of the page that is read again for the field in work.
    pub reading_box: Option<Quad>,
}

/// So many notices are shown at once; older ones give way.
const NOTICES: usize = 3;

impl UiState {
    pub fn notify(&mut self, kind: NoticeKind, text: impl Into<String>) {
        self.notify_with(kind, text, None);
    }

    pub fn notify_with(&mut self, kind: NoticeKind, text: impl Into<String>, offer: Option<Offer>) {
        let text = text.into();
        self.notices.retain(|n| n.text != text);
        self.next_notice += 1;
        self.notices.push(Notice { id: self.next_notice, kind, text, offer, about: None, since: None });
        let surplus = self.notices.len().saturating_sub(NOTICES);
        self.notices.drain(..surplus);
    }

    /// Says something about the document in the form, for as long as it is shown.
    pub fn notify_of_document(&mut self, kind: NoticeKind, text: impl Into<String>) {
        self.notify(kind, text);
        let about = self.document();
        if let Some(notice) = self.notices.last_mut() {
            notice.about = about;
        }
    }

    /// Something of the document was changed: what a warning about it said may hold no longer.
    pub fn settle_warnings(&mut self) {
        self.notices.retain(|n| n.kind != NoticeKind::Warning || n.about.is_none());
    }

    pub fn open_panel(&mut self, panel: Panel) {
        self.panel = Some(panel);
        self.panel_is_new = true;
        self.capturing = None;
        self.query.clear();
        self.chosen = 0;
    }

    pub fn document(&self) -> Option<DocumentId> {
        self.selection?.document
    }
}
