//! Seals over the edges of the pages: parts on successive pages at one height.

use crate::structure::{Side, frame::Frame};

use super::{PagingSeal, Place, SeenPage};

/// Parts of one seal lie at the same height of their pages, up to this share of its own height: the
/// pages were fanned and scanned by hand. Reasoned.
const HEIGHTS_APART: f32 = 0.5;

/// A part of a seal, in shares of its page's height.
struct Part {
    page: usize,
    side: Side,
    center: f32,
    height: f32,
    place: Place,
}

/// The seals of which two pages or more bear a part. Double-sided pages bear them at alternate sides.
pub(super) fn paging(pages: &[SeenPage]) -> Vec<PagingSeal> {
    let mut groups: Vec<Vec<Part>> = Vec::new();
    for page in pages {
        let frame = Frame::new(page.size.0, page.size.1, page.structure.rotation, 0.0);
        let height = frame.size().1.max(1.0);
        for part in &page.structure.edge_seals {
            let bounds = frame.upright_bounds(&part.quad);
            let part = Part {
                page: page.page,
                side: part.side,
                center: bounds.center().y / height,
                height: bounds.height() / height,
                place: Place { page: page.page, quad: part.quad },
            };
            let fits = |group: &&mut Vec<Part>| {
                group.iter().all(|other| other.page != part.page)
                    && group.last().is_some_and(|last| {
                        let apart = (last.center - part.center).abs();
                        apart <= HEIGHTS_APART * last.height.max(part.height)
                    })
            };
            match groups.iter_mut().find(fits) {
                Some(group) => group.push(part),
                None => groups.push(vec![part]),
            }
        }
    }
    let whole = groups.into_iter().filter(|group| group.len() > 1).map(|group| {
        let lacks = |page: &usize| group.iter().all(|part| part.page != *page);
        let missing = pages.iter().map(|p| p.page).filter(lacks).collect();
        PagingSeal { parts: group.into_iter().map(|p| (p.side, p.place)).collect(), missing }
    });
    whole.collect()
}
