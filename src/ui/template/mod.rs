//! Forms of the user's own: marked on an open page, tried at once on the other open pages, saved as kind
//! files.
//!
//! [`editor`] is the form in the making, [`guess`] what a mark probably means, [`panel`] the pane beside
//! the page and [`tried`] its list of pages, [`checks`] what a value can be checked for, [`list`] the
//! saved forms, [`act`] what is done about it all. The page pane draws the marks.

mod act;
mod checks;
mod editor;
mod guess;
mod list;
mod panel;
mod tried;

use crate::{geometry::Quad, kind::template::Template};

pub use act::Trials;
pub use editor::{Editor, Part, Tool, TriedPage};
pub use list::{Saved, show as show_list, unsaved as show_unsaved};
pub use panel::show;

/// What the panes ask about the form in the making.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    Tool(Tool),
    /// A line of the sample page was chosen.
    MarkLine(usize),
    /// A box was drawn on the sample page.
    MarkBox(Quad),
    Select(Option<Part>),
    /// The form as it should be; changes to the same part of it in a row are one step to undo.
    Change(Box<Template>, &'static str),
    /// A field becomes a table, or a table a field.
    Convert(Part),
    Remove(Part),
    /// Edit a saved form.
    Open(String),
    /// Delete the file of a saved form.
    Delete(String),
    /// Close the editor although something is not saved.
    Abandon,
}
