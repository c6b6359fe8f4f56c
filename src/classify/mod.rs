//! A page to its documents: where each lies and which kind it is.
//!
//! Never fails: what no kind claims is one document of the open kind.

use serde::{Deserialize, Serialize};

use crate::{
    geometry::{Quad, Rect},
    kind::{Kind, Registry},
    structure::PageStructure,
};

mod cuts;
mod evens;
pub mod fold;
pub mod frame;
mod part;
pub mod references;
pub mod register;
pub mod score;
mod sides;
mod split;
mod strips;
mod twins;
mod vocabulary;

use frame::Frame;
use part::Part;
use references::FormFit;
use score::Evidence;

/// One document found on a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundDocument {
    /// Id of its kind.
    pub kind: String,
    /// 0..1.
    pub confidence: f32,
    /// Outline in page pixels, first corner at the document's own upper left.
    pub location: Quad,
    /// Indexes into [`PageStructure::lines`] of the lines that belong to it.
    pub lines: Vec<usize>,
    /// How well it fits the form of its kind, for kinds that are marked by references; known once it
    /// is extracted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<FormFit>,
}

/// What the caller allows.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum KindChoice {
    /// Any kind of the registry.
    #[default]
    Auto,
    /// The whole page is one document of this kind.
    Forced(String),
    /// Any of these kinds, or the open kind.
    Among(Vec<String>),
}

/// Finds the documents of a page of `size` (width, height) pixels.
pub fn classify(
    page: &PageStructure,
    size: (u32, u32),
    registry: &Registry,
    choice: &KindChoice,
) -> Vec<FoundDocument> {
    let all: Vec<usize> = (0..page.lines.len()).collect();
    let whole = Quad::from_rect(0.0, 0.0, size.0 as f32, size.1 as f32);
    if let KindChoice::Forced(id) = choice {
        return vec![FoundDocument {
            kind: id.clone(),
            confidence: 1.0,
            location: whole,
            lines: all,
            fit: None,
        }];
    }
    let open = registry.open().map(|k| k.id.clone());
    let allowed = |kind: &Kind| match choice {
        KindChoice::Among(ids) => ids.contains(&kind.id),
        _ => true,
    };
    let parts = split::parts(page, registry.iter().filter(|k| allowed(k)));
    let alone = parts.len() == 1;
    let documents = parts.into_iter().filter_map(|part| {
        let text = part.frame.bounds.expanded(part.frame.line_height());
        Some(match part.claim {
            Some((kind, ratio)) => FoundDocument {
                kind: kind.id.clone(),
                // One half at the kind's threshold, growing towards one.
                confidence: 1.0 - 0.5_f32.powf(ratio),
                location: match part.paper {
                    Some(paper) => part.frame.along_text(&paper),
                    None => {
                        let room = room(page, size, &part);
                        outline(&part.frame, kind, &Evidence::of(page, &part.frame), room)
                    }
                },
                lines: part.lines,
                fit: None,
            },
            None => FoundDocument {
                kind: open.clone()?,
                confidence: 1.0,
                location: match part.paper {
                    Some(paper) => part.frame.along_text(&paper),
                    None if alone => whole,
                    None => part.frame.quad_in_page(text),
                },
                lines: part.lines,
                fit: None,
            },
        })
    });
    documents.collect()
}

/// The document's outline: its registered form, else its text with a margin of one line, in the shape of its kind as
/// far as there is `room`.
fn outline(frame: &Frame, kind: &Kind, evidence: &Evidence, room: Rect) -> Quad {
    if let Some(form) = references::outline(frame, kind) {
        return form;
    }
    let layout = evidence.best_layout(kind).map(|(layout, _)| layout);
    let registration = register::register(frame, layout);
    // Three anchors fix scale and place, a fourth confirms them.
    let form = registration.rect([0.0, 0.0, 1.0, 1.0]);
    let text = frame.bounds.expanded(frame.line_height());
    let shape = layout.and_then(|l| l.aspect).map_or(text, |aspect| shaped(text, aspect, room));
    frame.quad_in_page(if registration.anchors >= 4 { form.union(&frame.bounds) } else { shape })
}

/// How far a part may reach, in its frame: to the page's edge and to the texts of others beside it.
fn room(page: &PageStructure, size: (u32, u32), part: &Part) -> Rect {
    let (frame, text) = (&part.frame, part.frame.bounds);
    let (width, height) = (size.0 as f32, size.1 as f32);
    let mut room = Quad::from_rect(0.0, 0.0, width, height).map(|p| frame.point(p)).bounds();
    let own = |i: &usize| part.lines.binary_search(i).is_ok();
    for (_, line) in page.lines.iter().enumerate().filter(|(i, _)| !own(i)) {
        let other = line.quad.map(|p| frame.point(p)).bounds();
        let beside = other.top < text.bottom && other.bottom > text.top;
        let above = other.left < text.right && other.right > text.left;
        match (beside, above) {
            (true, false) if other.left >= text.right => room.right = room.right.min(other.left),
            (true, false) => room.left = room.left.max(other.right),
            (false, true) if other.top >= text.bottom => room.bottom = room.bottom.min(other.top),
            (false, true) => room.top = room.top.max(other.bottom),
            _ => {}
        }
    }
    room
}

/// The rectangle of this aspect around the middle of a text, as far as there is room: forms are filled along one side
/// at least, but those with many rows are longer than others of their kind.
fn shaped(text: Rect, aspect: f32, room: Rect) -> Rect {
    let (width, height) =
        (text.width().max(aspect * text.height()), text.height().max(text.width() / aspect));
    let (x, y) = ((width - text.width()) / 2.0, (height - text.height()) / 2.0);
    Rect::new(
        (text.left - x).max(room.left.min(text.left)),
        (text.top - y).max(room.top.min(text.top)),
        (text.right + x).min(room.right.max(text.right)),
        (text.bottom + y).min(room.bottom.max(text.bottom)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_takes_its_shape_as_far_as_there_is_room() {
        let text = Rect::new(100.0, 100.0, 300.0, 500.0);
        let page = Rect::new(0.0, 0.0, 350.0, 1000.0);
        assert_eq!(shaped(text, 1.0, page), Rect::new(0.0, 100.0, 350.0, 500.0));
        assert_eq!(shaped(text, 0.25, page), Rect::new(100.0, 0.0, 300.0, 700.0));
        // Text that a neighbour overlaps is its own all the same.
        assert_eq!(shaped(text, 0.5, Rect::new(150.0, 0.0, 250.0, 1000.0)), text);
    }
}
