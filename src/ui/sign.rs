//! What a state looks like: never a colour alone, always a sign and a word with it.

use eframe::egui::Color32;

use crate::{
    extract::{Field, Origin, State},
    review::DocumentState,
};

use super::{icon::Icon, text::Texts, theme::Roles};

/// Sign, colour and word of a state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sign<'a> {
    pub icon: Icon,
    pub color: Color32,
    pub word: &'a str,
}

/// Of a value; `None` is a value that the record does not have. `wants`: a person has to look at it
/// although it was read well, e.g. below the settings' threshold.
pub fn of_field<'a>(
    field: Option<&Field>,
    required: bool,
    wants: bool,
    t: &'a Texts,
    roles: &Roles,
) -> Sign<'a> {
    let t = &t.state;
    let sign = |icon, color, word| Sign { icon, color, word };
    let Some(field) = field else {
        return match required {
            true => sign(Icon::Warning, roles.doubtful, t.missing_required.as_str()),
            false => sign(Icon::Dash, roles.quiet, &t.missing),
        };
    };
    if field.illegible {
        return sign(Icon::Dash, roles.doubtful, &t.illegible);
    }
    match field.state {
        State::Invalid => sign(Icon::Cross, roles.failed, &t.invalid),
        State::Doubtful if !field.confirmed && !wants && field.origin == Origin::Computed => {
            sign(Icon::Function, roles.derived, &t.with_source)
        }
        State::Doubtful if !field.confirmed => sign(Icon::Warning, roles.doubtful, &t.doubtful),
        State::Ok | State::Doubtful if field.confirmed => {
            sign(Icon::CheckCircle, roles.confirmed, &t.confirmed)
        }
        State::Ok | State::Doubtful if wants => sign(Icon::Warning, roles.doubtful, &t.doubtful),
        State::Ok | State::Doubtful => sign(Icon::Check, roles.quiet, &t.ok),
        State::Missing if required && !field.confirmed => {
            sign(Icon::Warning, roles.doubtful, &t.missing_required)
        }
        // Only a person knows that the page lacks it.
        State::Missing if field.confirmed => sign(Icon::CheckCircle, roles.confirmed, &t.not_printed),
        State::Missing => sign(Icon::Dash, roles.quiet, &t.missing),
    }
}

/// Of a value's origin; plain reading, the rule, has no sign.
pub fn of_origin<'a>(origin: Origin, t: &'a Texts, roles: &Roles) -> Option<Sign<'a>> {
    let t = &t.origin;
    Some(match origin {
        Origin::Read => return None,
        Origin::Computed => Sign { icon: Icon::Function, color: roles.derived, word: &t.computed },
        Origin::Code => Sign { icon: Icon::Code, color: roles.derived, word: &t.code },
        Origin::TextLayer => Sign { icon: Icon::TextLayer, color: roles.quiet, word: &t.text_layer },
        Origin::Typed => Sign { icon: Icon::Pen, color: roles.quiet, word: &t.typed },
    })
}

/// The word for a value's origin.
pub fn origin_word(origin: Origin, t: &Texts) -> &str {
    match origin {
        Origin::Read => &t.origin.read,
        Origin::Computed => &t.origin.computed,
        Origin::Code => &t.origin.code,
        Origin::TextLayer => &t.origin.text_layer,
        Origin::Typed => &t.origin.typed,
    }
}

/// Of a document; `clean` tells whether nothing in it wants a person.
pub fn of_document<'a>(state: DocumentState, clean: bool, t: &'a Texts, roles: &Roles) -> Sign<'a> {
    let word = state_word(state, t);
    let (icon, color) = match state {
        DocumentState::ToReview if clean => (Icon::Circle, roles.quiet),
        DocumentState::ToReview => (Icon::Warning, roles.doubtful),
        DocumentState::Postponed => (Icon::Clock, roles.quiet),
        DocumentState::Rejected => (Icon::Return, roles.failed),
        DocumentState::Confirmed => (Icon::CheckCircle, roles.confirmed),
        DocumentState::Exported => (Icon::Exported, roles.confirmed),
    };
    Sign { icon, color, word }
}

/// The word for a document's state.
pub fn state_word(state: DocumentState, t: &Texts) -> &str {
    match state {
        DocumentState::ToReview => &t.queue.to_review,
        DocumentState::Postponed => &t.queue.postponed,
        DocumentState::Rejected => &t.queue.rejected,
        DocumentState::Confirmed => &t.queue.confirmed,
        DocumentState::Exported => &t.queue.exported,
    }
}
