//! Undo and redo, and the merging of typing in one field or cell into one step.

use crate::{extract::FieldPath, structure::table_edit::TableEdit};

use super::{DocumentId, Edit, FileId};

/// Keystrokes in one place further apart than this are steps of their own, in milliseconds:
/// about the pause after which a writer has taken up a new thought.
const TYPING_PAUSE_MILLIS: i64 = 2000;

/// Steps kept; older ones are forgotten, which bounds memory in long runs.
const MAX_STEPS: usize = 1000;

/// What is being typed in.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Typing {
    Field(DocumentId, FieldPath),
    /// File, page, table, row and column.
    Cell(FileId, [usize; 4]),
}

impl Typing {
    fn of(edit: &Edit) -> Option<Self> {
        match edit {
            Edit::SetField { document, path, .. } => Some(Self::Field(*document, path.clone())),
            Edit::ChangeTable { file, page, table, change: TableEdit::SetText { row, col, .. } } => {
                Some(Self::Cell(*file, [*page, *table, *row, *col]))
            }
            _ => None,
        }
    }
}

/// One step back or forward.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// What to apply.
    pub edit: Edit,
    /// The document to show, where there is one.
    pub document: Option<DocumentId>,
    pub path: Option<FieldPath>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct History {
    undo: Vec<Step>,
    redo: Vec<Step>,
    /// What is being typed in and when the last keystroke came.
    typing: Option<(Typing, i64)>,
}

impl History {
    /// Notes the inverse of an edit that was applied. Returns whether it went on with the typing
    /// of the step before.
    pub fn push(&mut self, edit: &Edit, step: Step, now_millis: i64) -> bool {
        self.redo.clear();
        let typing = Typing::of(edit).map(|place| (place, now_millis));
        let goes_on = match (&typing, &self.typing) {
            (Some((place, now)), Some((before, last))) => {
                place == before && (0..TYPING_PAUSE_MILLIS).contains(&(now - last))
            }
            _ => false,
        };
        self.typing = typing;
        if !goes_on {
            self.push_undo(step);
        }
        goes_on
    }

    /// The next keystroke starts a step of its own.
    pub fn end_typing(&mut self) {
        self.typing = None;
    }

    pub fn pop_undo(&mut self) -> Option<Step> {
        self.typing = None;
        self.undo.pop()
    }

    pub fn pop_redo(&mut self) -> Option<Step> {
        self.typing = None;
        self.redo.pop()
    }

    pub fn push_undo(&mut self, step: Step) {
        if self.undo.len() >= MAX_STEPS {
            self.undo.remove(0);
        }
        self.undo.push(step);
    }

    pub fn push_redo(&mut self, step: Step) {
        self.redo.push(step);
    }

    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }
}
